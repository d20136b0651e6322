"""Recordings are fetched from the vendor's own store and from nowhere else, whole or not at all."""

import gzip
from collections.abc import Callable

import httpx
import pytest

from connectors.contract import MediaSource
from connectors.phone.calls import CallMedia, phone_media
from schemas.errors import ChannelUnavailable, MediaGone, TooLarge
from schemas.settings import Settings
from tests.connectors.phone.calls.events import ACCOUNTS, aliyun_recording, tencent_recording

ALIYUN, TENCENT = str(aliyun_recording()["downloadURL"]), str(tencent_recording()["RecordURL"])
SOUND = b"RIFF" + b"\0" * 1000
Answer = Callable[[httpx.Request], httpx.Response]


def media(answer: Answer, *hosts: str) -> CallMedia:
    """The source of both call centres; `hosts` are those that are listed."""
    accounts = {name: one.model_copy(update={"media_hosts": hosts}) for name, one in ACCOUNTS.items()}
    return CallMedia(accounts, httpx.AsyncClient(transport=httpx.MockTransport(answer)))


def says(status: int, content: bytes = b"", **headers: str) -> Answer:
    return lambda _: httpx.Response(status, content=content, headers=headers)


def never(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"nobody may be asked: {request.url.host}")


@pytest.mark.parametrize(("account", "url", "kind"), [("a1", ALIYUN, "audio/wav"), ("t1", TENCENT, "audio/mpeg")])
async def test_a_recording_is_fetched_over_tls_with_its_signature_and_nothing_of_ours(
    account: str, url: str, kind: str
) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=SOUND)

    found = await media(answer).fetch(account, url, 10_000)

    assert (found.content, found.media_type, found.text) == (SOUND, kind, None)
    assert str(asked[0].url) == url.replace("http://", "https://")
    assert "authorization" not in asked[0].headers


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://evil.example/a.wav",
        "https://aliyuncs.com.evil.example/a.wav",
        "https://notaliyuncs.com/a.wav",
        "https://bucket.aliyuncs.com@evil.example/a.wav",
        "https://user:pass@bucket.aliyuncs.com/a.wav",
        "https://bucket.aliyuncs.com:8443/a.wav",
        "https://bucket.aliyuncs.com:99999/a.wav",
        "https://[::1/a.wav",
        "https://\u2100.aliyuncs.com/a.wav",
        f"https://{'a' * 70}.{'b' * 300}.aliyuncs.com/a.wav",
        "https://bucket.aliyuncs.com/\x00a.wav",
        "ftp://bucket.aliyuncs.com/a.wav",
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data",
        TENCENT,
    ],
)
async def test_no_other_host_is_ever_asked(url: str) -> None:
    with pytest.raises(MediaGone):
        await media(never).fetch("a1", url, 10_000)


@pytest.mark.parametrize("account", ["sms", "nobody"])
async def test_only_an_account_of_a_call_centre_has_recordings(account: str) -> None:
    with pytest.raises(MediaGone):
        await media(never).fetch(account, ALIYUN, 10_000)


async def test_listed_hosts_replace_the_vendors_own() -> None:
    own = media(says(200, SOUND), ".recordings.shop.example", "127.0.0.1:9000")

    assert (await own.fetch("a1", "https://a.recordings.shop.example/1.mp3", 10_000)).media_type == "audio/mpeg"
    assert (await own.fetch("a1", "http://127.0.0.1:9000/1.wav", 10_000)).content == SOUND
    for url in (ALIYUN, "http://127.0.0.1:9001/1.wav", "https://recordings.shop.example.evil.example/1.mp3"):
        with pytest.raises(MediaGone):
            await own.fetch("a1", url, 10_000)


async def test_a_redirect_is_never_followed() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"Location": "http://169.254.169.254/"})

    with pytest.raises(MediaGone):
        await media(answer).fetch("a1", ALIYUN, 10_000)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, MediaGone),
        (404, MediaGone),
        (410, MediaGone),
        (204, MediaGone),
        (429, ChannelUnavailable),
        (408, ChannelUnavailable),
        (500, ChannelUnavailable),
        (503, ChannelUnavailable),
    ],
)
async def test_what_a_vendor_answers_says_whether_to_try_again(status: int, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        await media(says(status)).fetch("a1", ALIYUN, 10_000)

    assert "Signature" not in str(raised.value)


@pytest.mark.parametrize("failure", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError])
async def test_a_line_that_breaks_is_tried_again(failure: type[httpx.TransportError]) -> None:
    def breaks(request: httpx.Request) -> httpx.Response:
        raise failure("broken", request=request)

    with pytest.raises(ChannelUnavailable):
        await media(breaks).fetch("a1", ALIYUN, 10_000)


@pytest.mark.parametrize("headers", [{}, {"content-length": "0"}, {"content-length": "many"}])
async def test_too_large_is_noticed_whatever_the_vendor_says_of_it(headers: dict[str, str]) -> None:
    with pytest.raises(TooLarge):
        await media(lambda _: httpx.Response(200, headers=headers, content=SOUND)).fetch("a1", ALIYUN, 1_000)


async def test_a_packed_answer_is_not_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 100_000)

    with pytest.raises(MediaGone):
        await media(says(200, bomb, **{"content-encoding": "gzip"})).fetch("a1", ALIYUN, 10_000)


async def test_a_recording_of_the_very_size_that_is_allowed_is_taken() -> None:
    assert (await media(says(200, SOUND)).fetch("a1", ALIYUN, len(SOUND))).content == SOUND


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("audio/amr; x=y", "audio/amr"),
        ("text/html", "application/octet-stream"),
        ("audio/" + "x" * 100, "application/octet-stream"),
    ],
)
async def test_a_file_without_a_known_ending_has_the_type_the_vendor_says_if_it_is_sound(said: str, kind: str) -> None:
    source = media(says(200, SOUND, **{"content-type": said}))

    assert (await source.fetch("a1", "https://b.aliyuncs.com/recording", 10_000)).media_type == kind


async def test_the_settings_make_the_source_where_there_is_a_call_centre() -> None:
    made = phone_media(Settings(phone=dict(ACCOUNTS)))
    source: MediaSource | None = made

    assert source is not None
    assert source.channel == "phone"
    await source.delete("a1", ALIYUN)
    assert phone_media(Settings(phone={"sms": ACCOUNTS["sms"]})) is None
