"""Variables of a template: never longer than allowed, numbers and links never broken."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Outgoing
from connectors.phone.sms.template import MAX_VARIABLE_CHARS, SmsTemplate, Variable, cut, values
from schemas.errors import ReplyRefused
from schemas.identity import tracking_number

OUTBOX = UUID("0f8b7d2e-5c1a-5b43-9a50-0d8f6b1f2a11")
NUMBER = tracking_number(b"0123456789abcdef0123456789abcdef", OUTBOX)
PREFIX = "https://shop.example/track/"
ALL = SmsTemplate("SMS_1", "惠民超市", (Variable.NUMBER, Variable.LINK, Variable.TEXT), PREFIX)


def outgoing(text: str, address: str = "+8613800001234", language: str = "zh-Hans") -> Outgoing:
    """A message to a customer."""
    moment = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    return Outgoing(OUTBOX, "phone", "a1", address, None, text, language, moment)


def test_number_and_link_are_taken_whole_from_the_text() -> None:
    text = f"您好，您的投诉已收到，我们会尽快答复。编号：{NUMBER}。进度：{PREFIX}{NUMBER}。"
    found = values(ALL, outgoing(text))

    assert found[Variable.NUMBER] == found[Variable.LINK] == NUMBER
    assert found[Variable.TEXT] == "您好，您的投诉已收到，我们会尽快答复。编"


@pytest.mark.parametrize(
    "text",
    [
        "没有编号",
        f"编号 {NUMBER[:-1]}{'0' if NUMBER[-1] != '0' else '1'} {PREFIX}x",
        f"编号 {NUMBER}，没有链接",
        f"编号 {NUMBER} {PREFIX}{'x' * 21}",
        f"编号 {NUMBER} https://other.example/{NUMBER}",
    ],
)
def test_a_message_the_template_cannot_hold_is_refused_and_not_cut(text: str) -> None:
    with pytest.raises(ReplyRefused):
        values(ALL, outgoing(text))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("short", "short"),
        ("  two\n lines ", "two lines"),
        ("your complaint has been received", "your complaint has"),
        ("您的投诉已收到我们会在二十四小时之内答复您", "您的投诉已收到我们会在二十四小时之内答复"),
        (f"编号 {NUMBER} 已收到", f"编号 {NUMBER}"),
        (f"您的受理编号是 {NUMBER}", "您的受理编号是"),
        (f"{PREFIX}{NUMBER}", ""),
        ("x" * 30, "x" * 20),
    ],
)
def test_text_is_cut_at_a_word(text: str, kept: str) -> None:
    assert cut(text) == kept


@given(st.text(max_size=80), st.integers(0, 40))
def test_a_number_is_in_a_cut_text_whole_or_not_at_all(around: str, place: int) -> None:
    before, after = around[:place], around[place:]
    kept = cut(f"{before} {NUMBER} {after}")

    assert len(kept) <= MAX_VARIABLE_CHARS
    assert NUMBER in kept or NUMBER[:4] not in kept or NUMBER[:4] in around


def test_a_one_time_code_is_taken_from_the_text_and_nothing_else_is() -> None:
    template = SmsTemplate("SMS_2", "惠民超市", (Variable.CODE,))
    text = f"验证码482913，用于查询编号 {NUMBER} 的进展，链接 {PREFIX}20261120"

    assert values(template, outgoing(text)) == {Variable.CODE: "482913"}


@pytest.mark.parametrize("text", ["没有验证码", "482913 或 771204", f"编号 {NUMBER}", "¥1,234.5678 元"])
def test_a_message_without_exactly_one_code_is_refused(text: str) -> None:
    with pytest.raises(ReplyRefused):
        values(SmsTemplate("SMS_2", "惠民超市", (Variable.CODE,)), outgoing(text))
