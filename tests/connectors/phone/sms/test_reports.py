"""Delivery reports become signals about a message of ours; none is lost among replies, none counts twice."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from schemas.errors import PayloadRejected
from schemas.inbound import ParsedComplaint, ParsedSignal, SuspendedItem
from schemas.signals import SignalKind
from tests.connectors.phone.sms.pushes import (
    MOMENT,
    SMS,
    aliyun,
    aliyun_report,
    push,
    signals,
    tencent,
    tencent_report,
)

ARRIVED = datetime(2026, 11, 20, 2, 21, 43, tzinfo=UTC)


def only(body: object, account: str = "a1") -> ParsedSignal:
    """The one signal of a push."""
    [item] = SMS.parse(push(body, account))
    assert isinstance(item, ParsedSignal)
    return item


def test_aliyuns_report_names_our_message() -> None:
    found = only([aliyun_report()])

    assert (found.kind, found.detail, found.at) == (SignalKind.DELIVERED, "DELIVERED", ARRIVED)
    assert found.outbox_id == UUID("0f8b7d2e-5c1a-5b43-9a50-0d8f6b1f2a11")
    assert (found.vendor_id, found.address) == ("900619746936498440^0", "+8613800001234")
    assert "13800001234" not in found.source_id


def test_tencents_report_names_the_vendors_message() -> None:
    found = only([tencent_report()], "t1")

    assert (found.kind, found.detail, found.at) == (SignalKind.DELIVERED, "DELIVRD", ARRIVED)
    assert (found.vendor_id, found.outbox_id) == ("2028:f825e6b16e23f73f4123", None)
    assert found.address == "+8613800001234"


@pytest.mark.parametrize(
    ("body", "account", "code"),
    [
        ([aliyun_report(success=False, err_code="MOBILE_NOT_ON_SERVICE")], "a1", "MOBILE_NOT_ON_SERVICE"),
        ([tencent_report(report_status="FAIL", errmsg="MK:100D")], "t1", "MK:100D"),
        ([aliyun_report(success=False, err_code="号码 13800001234 停机")], "a1", "a code nobody can read"),
    ],
)
def test_what_did_not_arrive_says_why_and_nothing_else(body: object, account: str, code: str) -> None:
    found = only(body, account)

    assert (found.kind, found.detail) == (SignalKind.UNDELIVERED, code)


def test_a_report_again_is_the_same_and_another_verdict_is_another() -> None:
    first, again, other = only([aliyun_report()]), only([aliyun_report()]), only([aliyun_report(success=False)])

    assert first == again
    assert first.source_id != other.source_id
    assert len(SMS.parse(push([aliyun_report(), aliyun_report()]))) == 1


def test_replies_and_reports_in_one_push_are_both_read() -> None:
    reply, report = SMS.parse(push([aliyun(), aliyun_report()]))

    assert isinstance(reply, ParsedComplaint)
    assert isinstance(report, ParsedSignal)


def test_a_customers_words_are_never_taken_for_a_report() -> None:
    [item] = SMS.parse(push([aliyun(**aliyun_report())]))

    assert isinstance(item, ParsedComplaint)
    assert isinstance(SMS.parse(push([tencent(**tencent_report())], "t1"))[0], ParsedComplaint)


@pytest.mark.parametrize(
    "body",
    [
        [aliyun_report(biz_id="", out_id="")],
        [aliyun_report(success="true")],
        [aliyun_report(biz_id=None, out_id="not one of ours")],
    ],
)
def test_a_report_about_no_message_is_set_aside(body: object) -> None:
    [item] = SMS.parse(push(body))

    assert isinstance(item, SuspendedItem)


def test_a_single_object_that_says_nothing_is_refused() -> None:
    with pytest.raises(PayloadRejected):
        SMS.parse(push(tencent_report(report_status="MAYBE"), "t1"))


def test_an_id_that_is_none_of_ours_is_left_to_the_vendors() -> None:
    found = only([aliyun_report(out_id="order 7")])

    assert found.outbox_id is None
    assert found.vendor_id == "900619746936498440^0"


@pytest.mark.parametrize("written", ["", "soon", "0001-01-01 00:00:00", "2026-11-20 23:00:00"])
def test_a_report_has_a_time_that_can_be(written: str) -> None:
    assert only([aliyun_report(report_time=written)]).at == MOMENT


def test_no_signal_comes_of_an_empty_push() -> None:
    assert signals(SMS.parse(push([], "t1"))) == []
