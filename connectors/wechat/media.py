"""Fetches the pictures, voices and videos that people sent, while the vendor still has them (three days).

Sources: developers.weixin.qq.com, "Get temporary media": GET /cgi-bin/media/get answers with the bytes, or with JSON
under status 200 that holds `errcode` (40007: no such media, or no longer) or, for a video, `video_url`, which is plain
http. Error JSON under a media type of a picture is possible (unsure), so the bytes decide. A picture's PicUrl is on
qpic.cn and needs no token. The hosts of videos are second-hand and therefore a setting. Nothing can be deleted there.
"""

import asyncio
import re
from collections.abc import Iterable
from typing import Any

import httpx

from connectors.contract import FetchedFile
from connectors.downloads import bounded
from connectors.wechat.accounts import Accounts, Way
from connectors.wechat.api import told
from connectors.wechat.errors import Verdict, code
from infra.logs import log
from schemas.complaint import Channel
from schemas.errors import ChannelUnavailable, MediaGone, TooLarge

PATH = "/cgi-bin/media/get"
PICTURE_HOSTS = ("qpic.cn", "qlogo.cn")
_GONE = frozenset({40004, 40007, 41006})
"""No such type of media, no such media or no longer, no media id: (errCode)."""
_TOLD_BYTES = 64 * 1024
"""An answer in JSON is no larger."""
_MAX_REDIRECTS = 3
_MEDIA_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,60}")
_UNKNOWN_TYPE = "application/octet-stream"
_LOG = log(__name__)


class WeChatMedia:
    """The files of the channel `wechat`."""

    channel = Channel.WECHAT.value

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def fetch(self, account: str, reference: str, max_bytes: int) -> FetchedFile:
        """See `connectors.contract.MediaSource`; all calls together stay within the account's timeout."""
        way = self._accounts.ways.get(account)
        if way is None:
            raise ChannelUnavailable("the account of this file is not set up for fetching")
        media_id, _, picture_url = reference.partition(" ")
        try:
            async with asyncio.timeout(way.settings.timeout.total_seconds()):
                return await self._fetch(way, media_id, picture_url, max_bytes)
        except TimeoutError as error:
            raise ChannelUnavailable("the file did not come in time") from error
        except httpx.HTTPError as error:
            raise ChannelUnavailable(f"the vendor cannot be reached: {type(error).__name__}") from error

    async def delete(self, account: str, reference: str) -> None:
        """Nothing: the vendor offers no way, and deletes what people sent after three days."""

    async def _fetch(self, way: Way, media_id: str, picture_url: str, max_bytes: int) -> FetchedFile:
        if not media_id:
            return await self._from_address(picture_url, PICTURE_HOSTS, max_bytes)
        try:
            return await self._from_account(way, media_id, max_bytes)
        except MediaGone:
            if not picture_url:
                raise
            return await self._from_address(picture_url, PICTURE_HOSTS, max_bytes)

    async def _from_account(self, way: Way, media_id: str, max_bytes: int) -> FetchedFile:
        async def once(token: str) -> tuple[int, FetchedFile | dict[str, Any]]:
            query = {"access_token": token, "media_id": media_id}
            request = self._request(f"{way.settings.api_url}{PATH}", query)
            answer = await self._client.send(request, stream=True, follow_redirects=False)
            try:
                return await _read(answer, max_bytes)
            finally:
                await answer.aclose()

        found = await way.tokens.use(once)
        if isinstance(found, FetchedFile):
            return found
        if found["errcode"] != 0:
            raise _refusal(way, found["errcode"])
        if not isinstance(found.get("video_url"), str):
            raise ChannelUnavailable("answer nobody can read")
        return await self._from_address(found["video_url"], way.settings.video_hosts, max_bytes)

    async def _from_address(self, written: str, hosts: Iterable[str], max_bytes: int) -> FetchedFile:
        """Fetch without a token, from the hosts alone, wherever they redirect to."""
        for _ in range(1 + _MAX_REDIRECTS):
            request = self._request(_allowed(written, hosts))
            answer = await self._client.send(request, stream=True, follow_redirects=False)
            try:
                if answer.has_redirect_location:
                    written = str(request.url.join(answer.headers["location"]))
                    continue
                if answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.GONE, httpx.codes.FORBIDDEN):
                    raise MediaGone(f"the address of the file answers {answer.status_code}")
                _check_status(answer)
                return _file(answer, await bounded(answer, max_bytes, _TOLD_BYTES))
            finally:
                await answer.aclose()
        raise MediaGone("the address of the file redirects too often")

    def _request(self, url: str | httpx.URL, query: dict[str, str] | None = None) -> httpx.Request:
        return self._client.build_request("GET", url, params=query, headers={"accept-encoding": "identity"})

    @property
    def _client(self) -> httpx.AsyncClient:
        return self._accounts.client


def wechat_media(accounts: Accounts | None) -> WeChatMedia | None:
    """What fetches files; None when no account can be called."""
    return WeChatMedia(accounts) if accounts is not None else None


def _allowed(written: str, hosts: Iterable[str]) -> httpx.URL:
    """The address, if the vendor's files come from there. Raises `MediaGone`, which does not quote it."""
    try:
        url = httpx.URL(written)
        place = url.netloc.decode("ascii").lower()
    except (httpx.InvalidURL, UnicodeError) as error:
        raise MediaGone("the address of the file is none") from error
    known = any(place == host or place.endswith(f".{host}") for host in hosts)
    if url.scheme not in ("http", "https") or url.userinfo or not known:
        raise MediaGone("the address of the file is not the vendor's")
    return url


async def _read(answer: httpx.Response, max_bytes: int) -> tuple[int, FetchedFile | dict[str, Any]]:
    """What the vendor says of a media id: an error code and a file, or JSON instead of one."""
    _check_status(answer)
    content = await bounded(answer, max(max_bytes, _TOLD_BYTES), _TOLD_BYTES)
    if len(content) <= _TOLD_BYTES and content.lstrip()[:1] == b"{":
        said = told(content)
        if said is None:
            raise ChannelUnavailable("answer nobody can read")
        return said["errcode"], said
    if len(content) > max_bytes:
        raise TooLarge(f"over {max_bytes} bytes")
    return 0, _file(answer, content)


def _refusal(way: Way, number: int) -> ChannelUnavailable | MediaGone:
    """What an error code means for the file. Where a person can mend it, there are three days to do so."""
    if number in _GONE:
        return MediaGone(f"the vendor has no such file: code {number}")
    verdict = code(number).verdict
    if verdict is Verdict.OPERATOR:
        return way.tokens.close(number)
    if verdict is Verdict.PERMANENT:
        _LOG.warning("WeChat does not hand over a file", account=way.account, status=number)
    return ChannelUnavailable(f"the vendor does not hand it over: code {number}")


def _check_status(answer: httpx.Response) -> None:
    if answer.status_code != httpx.codes.OK:
        raise ChannelUnavailable(f"answer nobody can read, status {answer.status_code}")


def _file(answer: httpx.Response, content: bytes) -> FetchedFile:
    if not content:
        raise ChannelUnavailable("the file came without a byte")
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return FetchedFile(content, kind if _MEDIA_TYPE.fullmatch(kind) else _UNKNOWN_TYPE)
