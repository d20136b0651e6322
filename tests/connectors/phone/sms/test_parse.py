"""Reading pushes: what makes two SMS one complaint, who may push, and what becomes of odd input."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr, ValidationError

from connectors.phone.callbacks import PROOF_HEADER, Vendor
from connectors.phone.numbers import e164
from connectors.phone.sms import ACCEPTED
from connectors.phone.sms.optout import is_opt_out
from schemas.complaint import Proof
from schemas.errors import NotGenuine, PayloadRejected, Reason
from schemas.identity import read_tracking_number
from schemas.inbound import Inbound, SuspendedItem
from schemas.settings import PhoneAccountSettings
from schemas.signals import SignalKind
from tests.connectors.phone.sms.pushes import (
    MOMENT,
    RETIRED,
    SECRET,
    SMS,
    aliyun,
    complaints,
    push,
    sample,
    signals,
    tencent,
)


def test_every_sms_of_a_push_is_a_complaint_of_its_own() -> None:
    first, second = complaints(push(sample("aliyun_push.json")))

    assert first.text == "上周三在你们店买的牛奶过期了，要求退款"
    assert first.sender is not None
    assert first.sender.phones == (first.reply_to,) == ("+8613800001234",)
    assert first.sender.proofs == {"+8613800001234": Proof.CHANNEL}
    assert first.thread.recipients == ("1234",)
    assert (first.channel, first.entry, first.language) == ("phone", "sms", "zh-Hans")
    assert read_tracking_number(first.tracking_number) == first.tracking_number
    assert second.complaint_id != first.complaint_id


def test_tencents_reply_is_read() -> None:
    [complaint] = complaints(push(sample("tencent_reply.json"), "t1"))

    assert complaint.text == "上周三在你们店买的牛奶过期了，要求退款"
    assert complaint.reply_to == "+8613800001234"
    assert complaint.received_at == datetime.fromtimestamp(1795141300, UTC)
    assert complaint.received_at_source == "vendor"


def test_chinese_vendor_times_become_utc() -> None:
    [complaint] = complaints(push([aliyun(send_time="2026-11-20 00:21:40")]))

    assert complaint.received_at == datetime(2026, 11, 19, 16, 21, 40, tzinfo=UTC)
    assert complaint.received_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize("written", ["", "yesterday", "2026-13-01 00:00:00", "0001-01-01 00:00:00", None, [], True])
def test_without_a_usable_vendor_time_the_delivery_counts(written: object) -> None:
    [complaint] = complaints(push([aliyun(send_time=written)]))

    assert (complaint.received_at, complaint.received_at_source) == (MOMENT, "gateway")
    assert "vendor_time_unusable" in complaint.warnings


@pytest.mark.parametrize("time", [-1, 0, 1457336869000, 10**30, "", None, 1.5])
def test_no_unix_time_makes_a_clock_start_decades_ago_or_crashes(time: object) -> None:
    [complaint] = complaints(push(tencent(time=time), "t1"))

    assert complaint.received_at == MOMENT


def test_nothing_is_received_in_the_future() -> None:
    [complaint] = complaints(push([aliyun(send_time="2026-11-20 23:00:00")]))

    assert complaint.received_at == MOMENT


def test_an_sms_pushed_again_among_others_is_the_same_complaint() -> None:
    [_, before] = complaints(push(sample("aliyun_push.json")))
    [after] = complaints(push(sample("aliyun_push_regrouped.json")))

    assert after.complaint_id == before.complaint_id
    assert after.tracking_number == before.tracking_number


def test_the_same_sms_twice_in_one_push_is_one_complaint() -> None:
    assert len(complaints(push([aliyun(), aliyun(phone_number="+86 138-0000-1234"), aliyun(sequence_id=1)]))) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"send_time": "2026-11-20 10:22:40"},
        {"send_time": "2026-11-20 10:21:41"},
        {"sequence_id": "2"},
        {"content": "牛奶过期了。"},
        {"phone_number": "13800001235"},
        {"phone_number": "1"},
    ],
)
def test_the_same_words_a_minute_later_are_another_complaint(other: dict[str, object]) -> None:
    first, second = complaints(push([aliyun(), aliyun(**other)]))

    assert first.complaint_id != second.complaint_id


def test_tencent_tells_two_alike_apart_by_their_second() -> None:
    [first] = complaints(push(tencent(), "t1"))
    [again] = complaints(push(tencent(), "t1"))
    [minute_later] = complaints(push(tencent(time=1795141360), "t1"))

    assert first.complaint_id == again.complaint_id != minute_later.complaint_id


def test_no_id_holds_a_number_or_depends_on_anything_but_the_sms() -> None:
    [complaint] = complaints(push([aliyun()]))
    [other_time_of_arrival] = complaints(
        replace(push([aliyun()]), received_at=MOMENT + timedelta(hours=5), ingested_at=MOMENT + timedelta(days=1))
    )

    assert "13800001234" not in complaint.source_id
    assert other_time_of_arrival.complaint_id == complaint.complaint_id
    assert other_time_of_arrival.received_at == complaint.received_at


@pytest.mark.parametrize(
    "wrong",
    [
        push([aliyun()], secret="another-secret-000000"),
        push([aliyun()], secret=""),
        push([aliyun()], account="unknown"),
        push([aliyun()], account="unknown", secret=""),
        replace(push([aliyun()]), headers={}),
        replace(push([aliyun()]), headers={PROOF_HEADER: SECRET}),
        replace(push([aliyun()]), headers={PROOF_HEADER: "密\ud800"}),
        replace(push([aliyun()]), account="t1"),
        push(b"no JSON at all", secret="another-secret-000000"),
    ],
)
def test_without_the_secret_nothing_is_read(wrong: Inbound) -> None:
    with pytest.raises(NotGenuine) as refused:
        SMS.parse(wrong)

    assert SECRET not in str(refused.value)


def test_a_retired_secret_still_opens_what_came_with_it() -> None:
    assert complaints(push([aliyun()], secret=RETIRED)) == complaints(push([aliyun()]))


def test_a_delivery_holds_no_secret() -> None:
    assert SECRET not in repr(push([aliyun()]))


@pytest.mark.parametrize("address", ["203.0.113.7", "::ffff:203.0.113.7"])
def test_a_listed_caller_is_heard(address: str) -> None:
    assert complaints(push([aliyun()], "listed", address=address))


@pytest.mark.parametrize("address", ["203.0.114.7", "", "nowhere", "::1"])
def test_an_unlisted_caller_is_not(address: str) -> None:
    with pytest.raises(NotGenuine):
        SMS.parse(push([aliyun()], "listed", address=address))


@pytest.mark.parametrize("secrets", [{}, {"a": "short"}, {"a": "long-enough-secret-1", "b": "short"}])
def test_an_account_open_to_everybody_cannot_be_made(secrets: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        PhoneAccountSettings(vendor="aliyun-sms", secrets={name: SecretStr(one) for name, one in secrets.items()})

    assert "short'" not in str(refused.value)


@pytest.mark.parametrize("word", ["TD", "t", "Ｔ", " td。", "退订", "退訂", "【退订】", "R", "n\n"])
def test_opt_out_words_are_declared_and_no_complaints(word: str) -> None:
    delivery = push([aliyun(content=word), aliyun(content=word, sequence_id="2"), aliyun()])

    assert [one.text for one in complaints(delivery)] == ["牛奶过期了"]
    found = {(one.kind, one.address, one.at) for one in signals(SMS.parse(delivery))}
    assert found == {(SignalKind.OPTED_OUT, "+8613800001234", datetime(2026, 11, 20, 2, 21, 40, tzinfo=UTC))}


@pytest.mark.parametrize("text", ["TD什么时候退款", "怎么退订会员", "T恤破了", "no", "", "1"])
def test_a_sentence_with_such_a_word_is_a_complaint(text: str) -> None:
    assert not is_opt_out(text)


def test_an_sms_without_words_is_suspended_and_can_be_answered() -> None:
    [item] = SMS.parse(push([aliyun(content=" \n")]))

    assert isinstance(item, SuspendedItem)
    assert item.reason is Reason.EMPTY
    assert item.reply_to == "+8613800001234"


def test_one_broken_entry_does_not_stop_the_others() -> None:
    broken, whole = SMS.parse(push([{"report_time": "2026-11-20 10:21:40", "success": True}, aliyun()]))

    assert isinstance(broken, SuspendedItem)
    assert broken.reason is Reason.UNREADABLE
    assert whole.item == 1


@pytest.mark.parametrize("account", ["a1", "t1"])
@pytest.mark.parametrize(
    "garbage", [b"", b"{}", b"<a/>", b"\xff\xfe", b"\0" * 100, b"[" * 100_000, b"NaN", b"7", b'{"content": 7}']
)
def test_garbage_is_rejected_and_never_crashes(account: str, garbage: bytes) -> None:
    with pytest.raises(PayloadRejected):
        SMS.parse(push(garbage, account))


def test_an_empty_push_is_nothing() -> None:
    assert SMS.parse(push(b"[]")) == []


def test_a_number_nobody_can_read_stays_as_written_and_is_not_answered() -> None:
    [complaint] = complaints(push([aliyun(phone_number="106900001234567890")]))

    assert complaint.sender is not None
    assert complaint.sender.phones == ("106900001234567890",)
    assert not complaint.sender.proofs
    assert complaint.reply_to is None
    assert "number_unreadable" in complaint.warnings


@pytest.mark.parametrize(
    ("written", "country", "read_as"),
    [
        ("13800138000", "86", "+8613800138000"),
        ("+86 138-0013-8000", "86", "+8613800138000"),
        ("008613800138000", "86", "+8613800138000"),
        ("8613800138000", "86", "+8613800138000"),
        ("51234567", "852", "+85251234567"),
        ("+14155552671", "86", "+14155552671"),
        ("4155552671", "1", "+14155552671"),
        ("010 6288 8888", "86", "+861062888888"),
        ("12315", "86", None),
        ("", "86", None),
        ("13800138000", "x", None),
    ],
)
def test_numbers_become_e164_where_they_can_be_read(written: str, country: str, read_as: str | None) -> None:
    assert e164(written, country) == read_as


def test_the_answers_are_what_the_vendors_document() -> None:
    assert ACCEPTED[Vendor.ALIYUN].body.decode() == '{"code":0,"msg":"成功"}'
    assert ACCEPTED[Vendor.TENCENT].body == b'{"result":0,"errmsg":"OK"}'
    assert {answer.status for answer in ACCEPTED.values()} == {200}


def test_reading_prints_nothing_a_customer_wrote(capfd: pytest.CaptureFixture[str]) -> None:
    complaints(push(sample("aliyun_push.json")))

    printed = capfd.readouterr()
    assert "13800001234" not in printed.out + printed.err
