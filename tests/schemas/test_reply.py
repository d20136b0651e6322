"""The ways to a person: the channel of origin first, only what was left, only what was not excluded."""

from typing import Any

import pytest

from schemas.complaint import Privacy, Referral, Sender
from schemas.reply import Way, stored_ways, ways_back
from tests.schemas.making import complaint

PHONE, MAIL = "+8613800138000", "li@customers.example"
PHONE_THEN_MAIL = (("phone", "a", PHONE), ("email", "", MAIL))
BOTH = Sender(phones=(PHONE,), emails=(MAIL,))


def ways(**fields: Any) -> list[tuple[str, str, str]]:
    given: dict[str, Any] = {
        "account": "a",
        "sender": BOTH,
        "reply_to": None,
        "referral": None,
        "privacy": Privacy(),
    } | fields
    return [(one.channel, one.account, one.address) for one in ways_back(complaint(**given)).ways]


@pytest.mark.parametrize(
    ("channel", "reply_to", "expected"),
    [
        ("wechat", "oLi", [("wechat", "a", "oLi"), ("phone", "", PHONE), ("email", "", MAIL)]),
        ("phone", PHONE, [("phone", "a", PHONE), ("email", "", MAIL)]),
        ("phone", "+8613900139000", [("phone", "a", "+8613900139000"), ("phone", "a", PHONE), ("email", "", MAIL)]),
        ("phone", "whatsapp:+85291234567", [("phone", "a", "whatsapp:+85291234567"), *PHONE_THEN_MAIL]),
        ("web", None, [("email", "", MAIL), ("phone", "", PHONE)]),
        ("web", "other@x.cn", [("email", "", "other@x.cn"), ("email", "", MAIL), ("phone", "", PHONE)]),
        ("email", "other@x.cn", [("email", "a", "other@x.cn"), ("phone", "", PHONE)]),
        ("app", "device", [("app", "a", "device"), ("phone", "", PHONE), ("email", "", MAIL)]),
    ],
)
def test_the_channel_of_origin_comes_first(
    channel: str, reply_to: str | None, expected: list[tuple[str, str, str]]
) -> None:
    assert ways(channel=channel, reply_to=reply_to) == expected


@pytest.mark.parametrize(
    ("consents", "left"),
    [(("no-sms",), ["wechat", "email"]), (("no-email",), ["wechat", "phone"]), (("no-sms", "no-email"), ["wechat"])],
)
def test_what_the_sender_excluded_is_no_way(consents: tuple[str, ...], left: list[str]) -> None:
    found = ways(channel="wechat", reply_to="oLi", privacy=Privacy(consents=consents))

    assert [channel for channel, _, _ in found] == left


@pytest.mark.parametrize(
    "number", ["+862112345678", "021-12345678", "13800138000", "+8612345", "95588", "", "+0123456789"]
)
def test_no_sms_goes_to_what_is_no_mobile_number(number: str) -> None:
    assert ways(channel="phone", reply_to=number, sender=Sender(phones=(number,))) == []


def test_numbers_of_other_countries_are_left_to_whoever_sends() -> None:
    assert ways(channel="phone", reply_to="+85291234567", sender=None) == [("phone", "a", "+85291234567")]


def test_a_referral_is_never_answered_by_us() -> None:
    back = ways_back(complaint(channel="regulator_12315", sender=BOTH, referral=Referral(number="1")))

    assert back.ways == ()


def test_who_left_nothing_has_no_way() -> None:
    assert ways(channel="phone", reply_to=None, sender=None) == []


def test_rows_from_before_there_were_ways_are_read_as_addresses_of_their_channel() -> None:
    way = Way("phone", "hotline", PHONE)

    assert stored_ways(["a@x.cn", way.as_json()], "email", "support") == (Way("email", "support", "a@x.cn"), way)


@pytest.mark.parametrize(("entry", "shown"), [("form", True), ("qr", True), ("desk", True), ("paper-box", False)])
def test_a_number_was_shown_only_to_who_was_there(entry: str, shown: bool) -> None:
    assert ways_back(complaint(entry=entry)).page_shown is shown
