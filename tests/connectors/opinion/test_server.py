"""A second opinion: asked by a strict schema, checked as if nobody kept to it, and never about more than it is."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from pydantic import SecretStr, ValidationError

from connectors.opinion import Adviser, OpinionServer, Question
from connectors.opinion.server import MOST_BYTES, schema
from deploy.vendors.adviser import GOOD, AdviserVendor
from deploy.vendors.server import Faults
from schemas.errors import ChannelUnavailable
from schemas.settings import OpinionSettings

KEY = "k" * 24
QUESTION = Question(
    "收银员态度恶劣", {"complaint": "投诉", "praise": "表扬"}, {"quality": "质量", "service": "服务", "other": "其他"}
)


def settings(**changed: Any) -> OpinionSettings:
    given: dict[str, Any] = {
        "url": "http://adviser.local/", "key": SecretStr(KEY), "model": "big", "location": "mainland-china",
    }  # fmt: skip
    return OpinionSettings(**given | changed)


def asking(vendor: AdviserVendor, **changed: Any) -> Adviser:
    """The client on this server."""
    return OpinionServer(settings(**changed), httpx.ASGITransport(app=vendor.app()))


def answering(status: int, content: bytes) -> Adviser:
    """The client on a server that always answers so."""
    return OpinionServer(settings(), httpx.MockTransport(lambda request: httpx.Response(status, content=content)))


async def test_it_is_asked_by_a_strict_schema_that_a_good_answer_keeps_to() -> None:
    vendor = AdviserVendor(KEY)

    opinion = await asking(vendor).ask(QUESTION)

    assert opinion is not None
    assert (opinion.kind, opinion.primary, opinion.safety) == ("complaint", "service", False)
    [body] = vendor.asked
    asked = body["response_format"]["json_schema"]
    assert (body["model"], body["response_format"]["type"], asked["strict"]) == ("big", "json_schema", True)
    assert asked["schema"]["additionalProperties"] is False
    assert Draft202012Validator(asked["schema"]).is_valid(GOOD)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["messages"][1]["content"] == "收银员态度恶劣"


async def test_no_more_of_a_text_is_sent_than_the_setting_allows() -> None:
    vendor = AdviserVendor(KEY)

    await asking(vendor, max_chars=3).ask(QUESTION)

    assert vendor.asked[0]["messages"][1]["content"] == "收银员"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "service",
        "[]",
        "null",
        "[" * 100_000,
        json.dumps(GOOD | {"primary": "nonsense"}),
        json.dumps(GOOD | {"secondary": ["nonsense"]}),
        json.dumps(GOOD | {"kind": "praise!"}),
        json.dumps(GOOD | {"safety": "no"}),
        json.dumps(GOOD | {"reason": "x" * 301}),
        json.dumps(GOOD | {"p": 1.0}),
        json.dumps({name: value for name, value in GOOD.items() if name != "safety"}),
    ],
)
async def test_what_does_not_keep_to_the_schema_is_no_opinion(content: str) -> None:
    assert await asking(AdviserVendor(KEY, content)).ask(QUESTION) is None


async def test_a_refusal_and_an_answer_cut_off_are_no_opinion() -> None:
    refusing, cut = AdviserVendor(KEY), AdviserVendor(KEY)
    refusing.refusal, cut.finish_reason = "I cannot help with that", "length"

    assert await asking(refusing).ask(QUESTION) is None
    assert await asking(cut).ask(QUESTION) is None


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"{}", b'{"choices": []}', b'{"choices": [7]}'])
async def test_an_answer_nobody_can_read_is_no_opinion(content: bytes) -> None:
    assert await answering(200, content).ask(QUESTION) is None


async def test_an_answer_without_end_is_no_opinion() -> None:
    assert await answering(200, b"x" * (MOST_BYTES + 1)).ask(QUESTION) is None


@pytest.mark.parametrize("faults", [Faults(failed=1.0), Faults(throttled=1.0)])
async def test_what_may_pass_is_asked_again_later(faults: Faults) -> None:
    with pytest.raises(ChannelUnavailable):
        await asking(AdviserVendor(KEY, faults=faults)).ask(QUESTION)


async def test_a_server_that_hangs_is_left_after_the_time_limit() -> None:
    vendor = AdviserVendor(KEY)
    vendor.hangs = True

    with pytest.raises(ChannelUnavailable):
        await asking(vendor, timeout=timedelta(milliseconds=50)).ask(QUESTION)


async def test_a_wrong_key_is_never_told_and_a_redirect_is_not_followed_with_a_text() -> None:
    with pytest.raises(ChannelUnavailable) as caught:
        await asking(AdviserVendor("another key")).ask(QUESTION)
    with pytest.raises(ChannelUnavailable):
        await answering(307, b"").ask(QUESTION)

    assert KEY not in str(caught.value)
    assert KEY not in repr(settings())


async def test_an_address_that_is_none_is_the_settings_fault_and_no_crash() -> None:
    with pytest.raises(ChannelUnavailable):
        await OpinionServer(settings(url="http://adviser.local:port")).ask(QUESTION)


@pytest.mark.parametrize(("export_path", "allowed"), [(None, False), (" ", False), ("standard contract 2026-1", True)])
def test_a_server_abroad_needs_a_named_legal_path(export_path: str | None, allowed: bool) -> None:
    if allowed:
        assert settings(location="eu", export_path=export_path).location == "eu"
        return
    with pytest.raises(ValidationError, match="legal path"):
        settings(location="eu", export_path=export_path)


def test_the_schema_has_only_what_strict_mode_takes() -> None:
    found = schema(QUESTION)

    assert set(found["required"]) == set(found["properties"])
    assert not {"minLength", "maxLength", "minimum", "maximum", "pattern"} & set(
        json.dumps(found).replace('"', " ").split()
    )
