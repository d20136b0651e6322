"""Fetches recordings and the media of messages, and deletes them at Twilio once they are ours.

Sources, read 2026-11-22: twilio.com/docs/voice/api/recording (`.mp3`, `.wav`, `.json` behind the address; `status` of
one that is not ready), messaging/api/media-resource (a redirect to an address that is valid for some hours), and
support.twilio.com 223183748 (basic authentication). A redirect may lead away from the API, so credentials go to the
API's own host only, and nothing is fetched from a host that is not on the account's list.
"""

import asyncio
import re
from collections.abc import Mapping

import httpx

from connectors.contract import FetchedFile
from connectors.downloads import bounded
from connectors.phone.twilio.api import TwilioApi, body_of
from infra.logs import log
from schemas.complaint import Channel
from schemas.errors import ChannelUnavailable, MediaGone, OutcomeUnknown
from schemas.settings.twilio import TwilioSettings

_LOG = log(__name__)
_MAX_REDIRECTS = 5
_RECORDING = re.compile(r"/Recordings/RE[0-9A-Za-z]+$")
_UNFINISHED = frozenset({"in-progress", "paused", "stopped", "processing"})


class TwilioMedia:
    """The files of the accounts of Twilio; a reference is the address Twilio gave."""

    channel = Channel.PHONE.value

    def __init__(self, accounts: Mapping[str, TwilioSettings], client: httpx.AsyncClient) -> None:
        self._accounts = accounts
        self._client = client

    async def fetch(self, account: str, reference: str, max_bytes: int) -> FetchedFile:
        """See `connectors.contract.MediaSource.fetch`. The whole fetch stays within the account's timeout."""
        api = self._api(account)
        url = _own(api, reference)
        is_recording = _RECORDING.search(url.path) is not None
        if is_recording:
            url = httpx.URL(f"{url}.{api.settings.recording_format}")
        try:
            async with asyncio.timeout(api.settings.timeout.total_seconds()):
                found = await self._followed(api, url, max_bytes)
                if found is None:
                    raise await self._missing(api, reference, is_recording)
                return found
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            raise ChannelUnavailable(f"a file was not handed over: {type(error).__name__}") from error

    async def delete(self, account: str, reference: str) -> None:
        """See `connectors.contract.MediaSource.delete`. Deleting again does no harm. Raises `ChannelUnavailable`."""
        api = self._api(account)
        if not api.settings.delete_after_copy:
            return
        try:
            response = await api.call("DELETE", f"{_own(api, reference)}.json")
        except OutcomeUnknown as error:
            raise ChannelUnavailable("Twilio does not say whether a file is deleted") from error
        if response.status_code not in (httpx.codes.NO_CONTENT, httpx.codes.OK, httpx.codes.NOT_FOUND):
            raise ChannelUnavailable(f"Twilio does not delete a file: status {response.status_code}")

    def _api(self, account: str) -> TwilioApi:
        settings = self._accounts.get(account)
        if settings is None:
            raise MediaGone("the account of this file is none of Twilio's")
        if settings.off_because:
            raise ChannelUnavailable(f"Twilio account {account} is off: {settings.off_because}")
        return TwilioApi(settings, self._client)

    async def _followed(self, api: TwilioApi, url: httpx.URL, max_bytes: int) -> FetchedFile | None:
        """The file behind an address, None when there is none."""
        for _ in range(_MAX_REDIRECTS):
            auth = api.auth if _origin(url) == _origin(httpx.URL(api.settings.api_url)) else None
            async with self._client.stream("GET", url, auth=auth, follow_redirects=False) as response:
                if response.is_redirect:
                    url = _allowed(api, url, response.headers.get("location", ""))
                    continue
                return await _taken(response, max_bytes)
        raise MediaGone("a file leads from one address to the next without end")

    async def _missing(self, api: TwilioApi, reference: str, is_recording: bool) -> Exception:
        """A recording is announced before it is ready; anything else that is not there never comes."""
        if is_recording:
            response = await self._client.get(f"{_own(api, reference)}.json", auth=api.auth, follow_redirects=False)
            status = (body_of(response) or {}).get("status")
            if response.status_code != httpx.codes.NOT_FOUND and (status in _UNFINISHED or status is None):
                return ChannelUnavailable("a recording is not ready")
        return MediaGone("Twilio does not have the file any more")


async def _taken(response: httpx.Response, max_bytes: int) -> FetchedFile | None:
    status = response.status_code
    if status in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
        return None
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        _LOG.error("a file is refused to us", status=status)
    if status != httpx.codes.OK:
        raise ChannelUnavailable(f"a file was not handed over: status {status}")
    content = await bounded(response, max_bytes)
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return FetchedFile(content, media_type or "application/octet-stream")


def _own(api: TwilioApi, reference: str) -> httpx.URL:
    """The address of a file of this account at the API. Raises `MediaGone` for any other address."""
    url = _url(reference)
    plain = not url.query and not url.fragment and ".." not in url.path
    at_home = _origin(url) == _origin(httpx.URL(api.settings.api_url)) and url.path.startswith(f"{api.home}/")
    if not plain or not at_home:
        raise MediaGone("not an address that this account's files come from")
    return url


def _allowed(api: TwilioApi, at: httpx.URL, location: str) -> httpx.URL:
    """The address a redirect leads to. Raises `MediaGone` when it is not the vendor's."""
    url = at.join(_url(location))
    if _origin(url) == _origin(httpx.URL(api.settings.api_url)):
        return url
    listed = any(_is_listed(url.host, one) for one in api.settings.media_hosts)
    if url.scheme != "https" or url.port is not None or url.userinfo or not listed:
        raise MediaGone("a file leads to an address that is not the vendor's")
    return url


def _is_listed(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1 if pattern.startswith("*.") else host == pattern


def _origin(url: httpx.URL) -> tuple[str, str, int | None, bytes]:
    return url.scheme, url.host, url.port, url.userinfo


def _url(written: str) -> httpx.URL:
    try:
        return httpx.URL(written)
    except (httpx.InvalidURL, ValueError) as error:
        raise MediaGone("not an address") from error
