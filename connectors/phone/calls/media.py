"""Fetches recordings of calls from where the call centres keep them.

Aliyun hands out an address that is signed and valid for a day (help.aliyun.com/zh/ccs, GetMonoRecording). Tencent's
is plain and kept for three months (tencentcloud.com/document/product/1229/59642); whether it can be made to ask for a
signature is unsure. Neither wants a header of ours. Both write http:// in their examples; object stores of both speak
https under the same name (unsure for a bucket of one's own), and a signature does not cover the scheme: we ask there.
Neither documents a way for us to delete. All read 2026-11-22.
"""

import asyncio
import logging
import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import SplitResult, urlsplit

import httpx

from connectors.contract import FetchedFile
from connectors.downloads import bounded
from connectors.phone.calls.recordings import MEDIA_TYPES
from schemas.complaint import Channel
from schemas.errors import ChannelUnavailable, MediaGone
from schemas.settings import PhoneAccountSettings, Settings

# The library writes the whole address of a request below WARNING, and a signed one is a key to the file.
for _library in ("httpx", "httpcore"):
    logging.getLogger(_library).setLevel(logging.WARNING)

OWN_HOSTS: Mapping[str, tuple[str, ...]] = {
    "aliyun-calls": (".aliyuncs.com",),
    "tencent-calls": (".myqcloud.com",),
}
"""Where each vendor's own object store is, as in the examples of the pages above."""
_TIMEOUT = timedelta(seconds=60)
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_AGAIN = frozenset({408, 425, 429})


class CallMedia:
    """The recordings of the channel `phone` that call centres in the mainland keep. See `MediaSource`."""

    channel = Channel.PHONE.value

    def __init__(
        self,
        accounts: Mapping[str, PhoneAccountSettings],
        client: httpx.AsyncClient,
        timeout: timedelta = _TIMEOUT,
    ) -> None:
        """`timeout` is of one whole file."""
        self._accounts = {name: one for name, one in accounts.items() if one.vendor in OWN_HOSTS}
        self._client = client
        self._timeout_s = timeout.total_seconds()

    async def fetch(self, account: str, reference: str, max_bytes: int) -> FetchedFile:
        """Fetch a recording, see `connectors.contract.MediaSource.fetch`. A redirect is never followed."""
        settings = self._accounts.get(account)
        address = _allowed(reference, settings) if settings else None
        if address is None:
            raise MediaGone("phone: not an address that this account's recordings come from")
        try:
            async with asyncio.timeout(self._timeout_s):
                content, said = await self._content(address, max_bytes)
        except httpx.InvalidURL as error:
            raise MediaGone("phone: the address of a recording is none") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise ChannelUnavailable(f"phone: recording not fetched: {type(error).__name__}") from error
        return FetchedFile(content, _media_type(address, said))

    async def delete(self, account: str, reference: str) -> None:
        """Nothing: neither vendor documents a way."""

    async def _content(self, address: str, max_bytes: int) -> tuple[bytes, str]:
        as_it_is = {"Accept-Encoding": "identity"}  # a packed answer could unpack to any size
        async with self._client.stream(
            "GET", address, headers=as_it_is, follow_redirects=False, timeout=self._timeout_s
        ) as response:
            _judge(response.status_code)
            if response.headers.get("content-encoding", "identity") != "identity":
                raise MediaGone("phone: the vendor packs what was asked for as it is")
            return await bounded(response, max_bytes), response.headers.get("content-type", "")


def phone_media(settings: Settings, client: httpx.AsyncClient | None = None) -> CallMedia | None:
    """What fetches recordings as these settings say; None without an account of a call centre."""
    if not any(account.vendor in OWN_HOSTS for account in settings.phone.values()):
        return None
    return CallMedia(settings.phone, client or httpx.AsyncClient())


def _judge(status: int) -> None:
    if status == 200:
        return
    if status >= 500 or status in _AGAIN:
        raise ChannelUnavailable(f"phone: recording not fetched: {status}")
    raise MediaGone(f"phone: the vendor does not hand the recording over: {status}")


def _allowed(reference: str, settings: PhoneAccountSettings) -> str | None:
    """The address to ask, None when it is not one where recordings of the account may be."""
    try:
        parts = urlsplit(reference)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host) or "@" in parts.netloc:
        return None
    if parts.netloc.lower() in settings.media_hosts:
        return reference
    listed = settings.media_hosts or OWN_HOSTS[settings.vendor]
    is_listed = any(host.endswith(suffix) for suffix in listed if suffix.startswith("."))
    return _over_tls(parts) if is_listed and port in {None, 80, 443} else None


def _over_tls(parts: SplitResult) -> str:
    return parts._replace(scheme="https", netloc=parts.hostname or "", fragment="").geturl()


def _media_type(address: str, said: str) -> str:
    """By the file's ending, else what the vendor says if it is sound."""
    path = urlsplit(address).path.lower()
    known = next((kind for suffix, kind in MEDIA_TYPES.items() if path.endswith(suffix)), None)
    said = said.partition(";")[0].strip().lower()
    return known or (said if said.startswith("audio/") and len(said) < 60 else "application/octet-stream")
