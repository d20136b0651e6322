"""Files come from the vendor's hosts alone, within their limits; each failure says whether to try again."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.contract import FetchedFile
from connectors.wechat import WeChatMedia, wechat_accounts
from schemas.errors import ChannelUnavailable, MediaGone, TooLarge
from schemas.settings import WeChatSettings
from tests.connectors.wechat.deliveries import NOW, PLAIN
from tests.connectors.wechat.vendor import SECRET, TOKEN_PATH

MEDIA = "/cgi-bin/media/get"
PICTURE = "http://mmbiz.qpic.cn/mmbiz_jpg/abc/0"
JPEG = httpx.Response(200, content=b"\xff\xd8jpeg", headers={"content-type": "image/jpeg"})
Answer = httpx.Response | Exception


def told(**said: Any) -> httpx.Response:
    return httpx.Response(200, json=said, headers={"content-type": "text/plain"})


class Hosts:
    """Answers by address: host and path → what is answered, in order and the last for ever; else 500."""

    def __init__(self, **changed: Any) -> None:
        self.asked: list[httpx.URL] = []
        self.tokens = 0
        self.answers: dict[str, list[Answer]] = {}
        settings = PLAIN.model_copy(update={"app_secret": SecretStr(SECRET)} | changed)
        self.media = self._made({"main": settings, "other": settings.model_copy(update={"app_id": "wx-other"})})

    def on(self, place: str, *answers: Answer) -> "Hosts":
        self.answers[place] = list(answers)
        return self

    def _made(self, settings: dict[str, WeChatSettings]) -> WeChatMedia:
        accounts = wechat_accounts(
            settings, httpx.AsyncClient(transport=httpx.MockTransport(self._answer)), now=lambda: NOW
        )
        assert accounts is not None
        return WeChatMedia(accounts)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == TOKEN_PATH:
            self.tokens += 1
            return httpx.Response(200, json={"access_token": f"token-{self.tokens}", "expires_in": 7200})
        self.asked.append(request.url)
        waiting = self.answers.get(f"{request.url.host}{request.url.path}", [httpx.Response(500)])
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, stream=answer.stream)

    def api(self, *answers: Answer) -> "Hosts":
        return self.on(f"api.weixin.qq.com{MEDIA}", *answers)

    def hosts(self) -> list[str]:
        return [url.host for url in self.asked]

    async def fetch(self, reference: str = "m1", max_bytes: int = 1_000, account: str = "main") -> FetchedFile:
        return await self.media.fetch(account, reference, max_bytes)


async def test_a_file_is_asked_for_with_token_and_media_id() -> None:
    hosts = Hosts().api(JPEG)

    assert await hosts.fetch("m_1-a") == FetchedFile(b"\xff\xd8jpeg", "image/jpeg")
    [asked] = hosts.asked
    assert dict(asked.params) == {"access_token": "token-1", "media_id": "m_1-a"}


async def test_the_vendors_address_is_a_setting() -> None:
    hosts = Hosts(api_url="http://127.0.0.1:9").on(f"127.0.0.1{MEDIA}", JPEG)

    await hosts.fetch()

    assert (hosts.hosts(), hosts.tokens) == (["127.0.0.1"], 1)


async def test_accounts_have_their_own_tokens() -> None:
    hosts = Hosts().api(JPEG)

    for account in ("main", "other", "main"):
        await hosts.fetch(account=account)

    assert [url.params["access_token"] for url in hosts.asked] == ["token-1", "token-2", "token-1"]


@pytest.mark.parametrize("number", [40001, 40014, 42001])
async def test_a_refused_token_is_renewed_once(number: int) -> None:
    hosts = Hosts().api(told(errcode=number, errmsg="x"), JPEG)

    await hosts.fetch()

    assert [url.params["access_token"] for url in hosts.asked] == ["token-1", "token-2"]


@pytest.mark.parametrize(
    "answer",
    [
        told(errcode=40007),
        told(errcode=40004),
        httpx.Response(200, content=b' {"errcode":40007}', headers={"content-type": "image/jpeg"}),
    ],
)
async def test_a_file_the_vendor_no_longer_has_is_gone(answer: Answer) -> None:
    with pytest.raises(MediaGone):
        await Hosts().api(answer).fetch()


@pytest.mark.parametrize(
    "answer",
    [
        told(errcode=-1),
        told(errcode=45009),
        told(errcode=45011),
        told(errcode=48001),
        told(errcode=99999),
        told(errcode=40164),
        told(),
        told(video_url=1),
        told(errcode="0"),
        httpx.Response(502),
        httpx.Response(404),
        httpx.Response(302, headers={"location": "http://mmbiz.qpic.cn/x"}),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"{"),
        httpx.Response(200, content=b'{"a":' * 10_000),
        httpx.ConnectError("x"),
        httpx.ReadError("x"),
        httpx.ReadTimeout("x"),
        httpx.RemoteProtocolError("x"),
        httpx.Response(302, headers={"location": "http://[bad"}),
    ],
)
async def test_whatever_may_pass_is_tried_again(answer: Answer) -> None:
    hosts = Hosts().api(answer)

    with pytest.raises(ChannelUnavailable):
        await hosts.fetch()
    assert set(hosts.hosts()) == {"api.weixin.qq.com"}


@pytest.mark.parametrize(
    "url",
    [
        "http://vweixinf.tc.qq.com/v",
        "https://shzjwxsns.video.qq.com/v",
        "http://mpvideo.qpic.cn/v",
    ],
)
async def test_a_video_comes_from_a_host_of_videos(url: str) -> None:
    place = url.partition("//")[2]
    hosts = (
        Hosts()
        .api(told(video_url=url))
        .on(place, httpx.Response(200, content=b"mp4", headers={"content-type": "video/mp4"}))
    )

    assert await hosts.fetch() == FetchedFile(b"mp4", "video/mp4")
    assert "access_token" not in hosts.asked[-1].params


ELSEWHERE = [
    "http://example.com/v",
    "http://qpic.cn.example.com/v",
    "http://evilqpic.cn/v",
    "http://127.0.0.1/v",
    "file:///v",
    "http://169.254.169.254/latest",
    "http://mmbiz.qpic.cn@example.com/v",
    "http://u:p@mmbiz.qpic.cn/v",
    "http://mmbiz.qpic.cn:8080/v",
    "ftp://mmbiz.qpic.cn/v",
    "//mmbiz.qpic.cn/v",
    "mmbiz.qpic.cn",
    "",
    "http://",
    "http://[::1]/v",
    "http://example.com#.qpic.cn",
    "http://\x00",
    "http://mmbiz.qpic.cn:99999999/v",
    "http://例子.cn/v",
    "http://" + "a" * 60_000,
]


@pytest.mark.parametrize("url", ELSEWHERE)
async def test_nothing_is_fetched_from_anywhere_else(url: str) -> None:
    hosts = Hosts().api(told(video_url=url))

    with pytest.raises(MediaGone) as gone:
        await hosts.fetch()
    with pytest.raises(MediaGone):
        await hosts.fetch(f" {url}")
    assert set(hosts.hosts()) == {"api.weixin.qq.com"}
    assert not url or url not in str(gone.value)


async def test_a_picture_does_not_come_from_a_host_of_videos() -> None:
    with pytest.raises(MediaGone):
        await Hosts().on("vweixinf.tc.qq.com/v", JPEG).fetch(" http://vweixinf.tc.qq.com/v")


async def test_a_picture_comes_by_its_address_when_its_id_is_gone() -> None:
    hosts = Hosts().api(told(errcode=40007)).on("mmbiz.qpic.cn/mmbiz_jpg/abc/0", JPEG)

    assert (await hosts.fetch(f"m1 {PICTURE}")).media_type == "image/jpeg"
    assert hosts.hosts() == ["api.weixin.qq.com", "mmbiz.qpic.cn"]


async def test_while_the_vendor_is_away_a_picture_waits_for_its_original() -> None:
    hosts = Hosts().api(httpx.ConnectError("x")).on("mmbiz.qpic.cn/mmbiz_jpg/abc/0", JPEG)

    with pytest.raises(ChannelUnavailable):
        await hosts.fetch(f"m1 {PICTURE}")


@pytest.mark.parametrize(
    ("location", "fetched"),
    [
        ("https://mmbiz.qpic.cn/other", True),
        ("/other", True),
        ("http://example.com/other", False),
        ("http://10.0.0.1/other", False),
        ("file:///other", False),
    ],
)
async def test_a_redirect_is_followed_to_the_vendors_hosts_alone(location: str, fetched: bool) -> None:
    hosts = Hosts().on("mmbiz.qpic.cn/mmbiz_jpg/abc/0", httpx.Response(302, headers={"location": location}))
    hosts.on("mmbiz.qpic.cn/other", JPEG)

    if fetched:
        assert (await hosts.fetch(f" {PICTURE}")).content == b"\xff\xd8jpeg"
    else:
        with pytest.raises(MediaGone):
            await hosts.fetch(f" {PICTURE}")
    assert set(hosts.hosts()) == {"mmbiz.qpic.cn"}


async def test_redirects_without_end_end() -> None:
    hosts = Hosts().on("mmbiz.qpic.cn/mmbiz_jpg/abc/0", httpx.Response(302, headers={"location": PICTURE}))

    with pytest.raises(MediaGone):
        await hosts.fetch(f" {PICTURE}")
    assert len(hosts.asked) == 4


@pytest.mark.parametrize(
    ("status", "verdict"), [(404, MediaGone), (410, MediaGone), (403, MediaGone), (500, ChannelUnavailable)]
)
async def test_an_address_that_answers_otherwise_has_its_verdict(status: int, verdict: type[Exception]) -> None:
    with pytest.raises(verdict):
        await Hosts().on("mmbiz.qpic.cn/mmbiz_jpg/abc/0", httpx.Response(status)).fetch(f" {PICTURE}")


class Endless(httpx.AsyncByteStream):
    """A body that never ends, and counts what was taken of it."""

    def __init__(self) -> None:
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.taken += 1_000
            yield b"x" * 1_000


class Stuck(httpx.AsyncByteStream):
    """A body that never begins."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""


@pytest.mark.parametrize("reference", ["m1", f" {PICTURE}"])
async def test_a_body_is_read_no_further_than_the_limit(reference: str) -> None:
    body = Endless()
    hosts = (
        Hosts()
        .api(httpx.Response(200, stream=body))
        .on("mmbiz.qpic.cn/mmbiz_jpg/abc/0", httpx.Response(200, stream=body))
    )

    with pytest.raises(TooLarge):
        await hosts.fetch(reference, max_bytes=100_000)
    assert body.taken < 300_000


@pytest.mark.parametrize("declared", ["1001", "9" * 5_000])
async def test_a_body_that_says_it_is_too_large_is_not_read(declared: str) -> None:
    body = Endless()
    answer = httpx.Response(200, headers={"content-length": declared}, stream=body)

    with pytest.raises(TooLarge):
        await Hosts().on("mmbiz.qpic.cn/mmbiz_jpg/abc/0", answer).fetch(f" {PICTURE}")
    assert body.taken == 0


@pytest.mark.parametrize("size", [999, 1_000])
async def test_a_file_of_just_the_limit_is_fetched(size: int) -> None:
    assert len((await Hosts().api(httpx.Response(200, content=b"x" * size)).fetch()).content) == size


@pytest.mark.parametrize("kind", ["", "nonsense", "image/<script>", "x" * 500, "text"])
async def test_a_media_type_that_is_none_is_not_believed(kind: str) -> None:
    found = await Hosts().api(httpx.Response(200, content=b"x", headers={"content-type": kind})).fetch()

    assert found.media_type == "application/octet-stream"


async def test_a_file_that_does_not_come_in_time_is_tried_again() -> None:
    hosts = Hosts(timeout=timedelta(0)).api(httpx.Response(200, stream=Stuck()))

    with pytest.raises(ChannelUnavailable):
        await hosts.fetch()


async def test_an_account_that_is_not_set_up_waits() -> None:
    with pytest.raises(ChannelUnavailable):
        await Hosts().fetch(account="nobody")


async def test_there_is_nothing_to_delete_at_the_vendor() -> None:
    hosts = Hosts()

    await hosts.media.delete("main", "m1")

    assert hosts.asked == []


async def test_no_secret_and_no_address_reaches_a_log_or_a_refusal(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    answers: list[Answer] = [told(errcode=40001), told(errcode=40007, errmsg=SECRET), httpx.ReadError(PICTURE), JPEG]
    makers: list[Callable[[], Hosts]] = [lambda one=one: Hosts().api(one) for one in answers]  # type: ignore[misc]

    found = await asyncio.gather(*(make().fetch("media-of-somebody") for make in makers), return_exceptions=True)

    out, err = capfd.readouterr()
    said = caplog.text + out + err + "".join(str(one) for one in found if isinstance(one, Exception))
    assert sum(isinstance(one, Exception) for one in found) == 3
    assert not any(hidden in said for hidden in (SECRET, "token-1", "token-2", "media-of-somebody", PICTURE))
