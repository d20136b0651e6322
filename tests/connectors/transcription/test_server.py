"""A recording becomes words, or is left to a person; a server abroad needs a named legal path."""

import hashlib
from typing import Any

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from connectors.transcription import Transcriber, TranscriptionServer
from deploy.vendors.server import Faults
from deploy.vendors.transcriber import TranscriberVendor
from schemas.errors import ChannelUnavailable
from schemas.settings import TranscriptionSettings

KEY = "k" * 24
VOICE = b"#!AMR\n\x3c\x91"


def settings(**changed: Any) -> TranscriptionSettings:
    given: dict[str, Any] = {"url": "http://transcriber.local/", "key": SecretStr(KEY), "location": "mainland-china"}
    return TranscriptionSettings(**given | changed)


def asking(vendor: TranscriberVendor, **changed: Any) -> Transcriber:
    """The client on this server."""
    return TranscriptionServer(settings(**changed), httpx.ASGITransport(app=vendor.app()))


def answering(status: int, content: bytes) -> Transcriber:
    """The client on a server that always answers so."""
    return TranscriptionServer(settings(), httpx.MockTransport(lambda request: httpx.Response(status, content=content)))


async def test_words_come_back_and_the_file_name_says_nothing_but_its_format() -> None:
    vendor = TranscriberVendor(KEY, {hashlib.sha256(VOICE).hexdigest(): " 酸奶变质了 "})

    words = await asking(vendor).transcribe(VOICE, "audio/amr")

    assert words == "酸奶变质了"
    assert vendor.heard == [("recording.amr", "zh")]


async def test_another_recording_in_any_language_may_be_asked_about() -> None:
    vendor = TranscriberVendor(KEY, otherwise="the milk was sour")

    assert await asking(vendor, language=None).transcribe(b"x", "audio/mpeg") == "the milk was sour"
    assert vendor.heard == [("recording.mp3", None)]


@pytest.mark.parametrize(("content", "media_type"), [(b"", "audio/amr"), (b"x" * 11, "audio/amr"), (b"x", "text/x")])
async def test_what_it_will_never_hear_is_left_to_a_person(content: bytes, media_type: str) -> None:
    assert await asking(TranscriberVendor(KEY), max_bytes=10).transcribe(content, media_type) is None


async def test_silence_has_no_words() -> None:
    assert await asking(TranscriberVendor(KEY, otherwise=" ")).transcribe(VOICE, "audio/amr") is None


@pytest.mark.parametrize("faults", [Faults(failed=1.0), Faults(throttled=1.0)])
async def test_what_may_pass_is_asked_again_later(faults: Faults) -> None:
    with pytest.raises(ChannelUnavailable):
        await asking(TranscriberVendor(KEY, faults=faults)).transcribe(VOICE, "audio/amr")


async def test_a_wrong_key_is_no_reason_to_give_a_recording_up_and_is_never_told() -> None:
    with pytest.raises(ChannelUnavailable) as caught:
        await asking(TranscriberVendor("another key")).transcribe(VOICE, "audio/amr")

    assert KEY not in str(caught.value)
    assert KEY not in repr(settings())


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"{}", b'{"text": 7}', b"[" * 100_000])
async def test_an_answer_nobody_can_read_is_asked_for_again(content: bytes) -> None:
    with pytest.raises(ChannelUnavailable):
        await answering(200, content).transcribe(VOICE, "audio/amr")


async def test_a_redirect_is_not_followed_with_a_recording() -> None:
    def redirect(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "transcriber.local"
        return httpx.Response(307, headers={"location": "http://elsewhere.example/"})

    with pytest.raises(ChannelUnavailable):
        await TranscriptionServer(settings(), httpx.MockTransport(redirect)).transcribe(VOICE, "audio/amr")


async def test_a_server_that_does_not_answer_is_asked_again() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    with pytest.raises(ChannelUnavailable, match="ReadTimeout"):
        await TranscriptionServer(settings(), httpx.MockTransport(fail)).transcribe(VOICE, "audio/amr")


@pytest.mark.parametrize("path", [None, "", "  "])
def test_a_server_outside_the_mainland_does_not_start_without_a_named_legal_path(path: str | None) -> None:
    with pytest.raises(ValidationError, match="EXPORT_PATH"):
        settings(location="singapore", export_path=path)

    assert settings(location="singapore", export_path="standard contract, filed 2026-03").location == "singapore"
