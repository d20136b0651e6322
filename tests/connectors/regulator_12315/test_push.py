"""Pushes, and forms that staff fill in after a call."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from connectors.contract import Answer
from schemas.errors import NotGenuine, PayloadRejected, Reason
from schemas.inbound import Inbound, UploadedFile
from schemas.settings import RegulatorAccountSettings
from tests.connectors.conformance.case import ACCOUNT, MOMENT
from tests.connectors.conformance.regulator_cases import pushed, regulator
from tests.connectors.regulator_12315.sheets import NUMBER, complaints, connector, dropped, read, suspended

READER = regulator().connector


def body(*referrals: dict[str, Any]) -> bytes:
    """A push of several."""
    return json.dumps({"referrals": referrals}, ensure_ascii=False).encode()


def one(number: str = NUMBER, **changed: Any) -> dict[str, Any]:
    """One referral."""
    return {"number": number, "kind": "complaint", "text": "牛奶过期"} | changed


def test_a_push_of_several_gives_each_and_tells_of_the_bad_ones() -> None:
    items = READER.parse(pushed(body(one(), one("坏"), one("33010600000002026A")), MOMENT))

    assert len(complaints(items)) == 2
    assert [item.reason for item in suspended(items)] == [Reason.BAD_NUMBER]
    assert [getattr(item, "item", None) for item in items] == [0, 1, 2]


def test_a_long_number_as_a_json_integer_keeps_its_digits_and_as_a_float_is_refused() -> None:
    whole = READER.parse(pushed(body(one() | {"number": int(NUMBER)}), MOMENT))
    rounded = READER.parse(pushed(b'{"number": 3.301e24, "text": "x"}', MOMENT))

    assert complaints(whole)[0].referral == complaints(READER.parse(pushed(body(one()), MOMENT)))[0].referral
    assert [item.reason for item in suspended(rounded)] == [Reason.DIGITS_LOST]


def test_chinese_names_and_ours_mean_the_same() -> None:
    ours = one(complainant={"name": "张三丰", "phone": "13800001234"}, respondent={"name": "某超市"})
    theirs = {"登记编号": NUMBER, "类型": "投诉", "内容": "牛奶过期", "投诉人": "张三丰", "联系电话": "13800001234"}

    [first], [second] = (complaints(READER.parse(pushed(body(given), MOMENT))) for given in (ours, theirs))

    assert first.complaint_id == second.complaint_id
    assert first.sender == second.sender
    assert first.referral is not None
    assert first.referral.respondent == "某超市"


def test_the_vendor_hears_code_0_and_one_nonce_is_for_one_body() -> None:
    hook = regulator().connector.hook(ACCOUNT)  # type: ignore[attr-defined]

    assert isinstance(hook.answer, Answer)
    assert json.loads(hook.answer.body) == {"code": 0, "message": "ok"}
    assert hook.single_use == ("x-key-id", "x-nonce")


@pytest.mark.parametrize("settings", [{}, {"enabled": False}])
def test_an_account_without_secret_or_switched_off_has_no_hook(settings: dict[str, Any]) -> None:
    reader = connector()
    reader.settings.accounts["x"] = RegulatorAccountSettings(**settings)

    assert reader.hook("x") is None
    assert reader.hook("nobody") is None


@pytest.mark.parametrize("missing", ["x-key-id", "x-timestamp", "x-nonce", "x-signature"])
def test_a_push_that_lacks_a_header_is_refused(missing: str) -> None:
    of = pushed(body(one()), MOMENT)

    with pytest.raises(NotGenuine):
        READER.parse(replace(of, headers={name: value for name, value in of.headers.items() if name != missing}))


def test_a_push_signed_for_another_path_is_refused() -> None:
    of = pushed(body(one()), MOMENT)

    with pytest.raises(NotGenuine):
        READER.parse(replace(of, source={"event": "x"}))


def test_an_unnumbered_push_is_told_apart_by_its_idempotency_key() -> None:
    given = body({"kind": "complaint", "text": "牛奶过期"})
    keys = ["a", "a", "b"]

    found = [complaints(READER.parse(_with_key(pushed(given, MOMENT), key)))[0].complaint_id for key in keys]

    assert found[0] == found[1] != found[2]


def _with_key(of: Inbound, key: str) -> Inbound:
    return replace(of, headers={**of.headers, "idempotency-key": key})


def test_a_file_that_is_no_base64_is_told_and_the_referral_stands() -> None:
    given = one(attachments=[{"name": "a.jpg", "media_type": "image/jpeg", "content": "!"}, {"content": "aGk="}, 7])

    [found] = complaints(READER.parse(pushed(body(given), MOMENT)))

    assert [note.size_bytes for note in found.attachments] == [2]
    assert found.warnings == ("attachment_unreadable",)


def test_more_referrals_than_the_limit_are_refused_as_a_whole() -> None:
    with pytest.raises(PayloadRejected) as error:
        read(body(*(one(str(10_000_000 + index)) for index in range(4))), max_items=3)

    assert error.value.reason is Reason.TOO_LARGE


def test_two_notices_of_the_same_words_are_two_and_a_form_sent_twice_is_one() -> None:
    typed = urlencode({"kind": "complaint", "text": "牛奶过期"}).encode()
    forms = [dropped(typed, "application/x-www-form-urlencoded", kind="manual", nonce=nonce) for nonce in "aab"]

    found = [complaints(connector().parse(one))[0].complaint_id for one in forms]

    assert found[0] == found[1] != found[2]


def test_a_notice_by_phone_is_submitted_by_the_member_of_staff_who_typed_it() -> None:
    typed = urlencode(
        {"number": NUMBER, "kind": "complaint", "name": "张三丰", "text": "牛奶过期", "authority": "某局"}
    )
    inbound = dropped(typed.encode(), "application/x-www-form-urlencoded", kind="manual", staff="王小明", entry="staff")
    photo = UploadedFile("记录.jpg", "image/jpeg", b"\xff\xd8\xff")

    [found] = complaints(connector().parse(replace(inbound, parts=(photo,))))

    assert (found.submitted_by.role, found.submitted_by.name, found.entry) == ("staff", "王小明", "staff")
    assert found.referral is not None
    assert (found.referral.number, found.referral.authority) == (NUMBER, "某局")
    assert [note.name for note in found.attachments] == ["记录.jpg"]
