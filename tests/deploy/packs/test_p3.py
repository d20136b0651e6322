"""P3, department store: objections are closed on the day they came."""

from datetime import UTC, datetime

import pytest

from tests.deploy.packs.walking import clocks, pack, rules, walked

PACK = pack("p3")
MIDNIGHT = datetime(2026, 11, 16, 16, tzinfo=UTC)
"""24:00 of that Monday in China."""
TEXT = "专柜买的皮鞋开胶了，不给退货"


@pytest.mark.parametrize(
    ("fields", "department", "copy"),
    [
        ({"channel": "phone", "entry": "sms"}, "secretary-office", "store-operations"),
        ({"entry": "call"}, "secretary-office", "store-operations"),
        ({"entry": "desk"}, "store-operations", "secretary-office"),
        ({"channel": "regulator_12315", "entry": "push"}, "regulator-affairs", "secretary-office"),
    ],
)
def test_each_way_in_reaches_who_records_it(fields: dict[str, str], department: str, copy: str) -> None:
    found = walked("p3", TEXT, **fields)

    assert (found.department, copy in found.copies) == (department, True)


@pytest.mark.parametrize(
    ("fields", "rule", "consent"),
    [
        ({"channel": "phone", "entry": "sms"}, "p3.same_day", "secretary-office"),
        ({"entry": "desk"}, "p3.same_day_in_person", "customer"),
    ],
)
def test_objection_is_closed_the_same_day_and_the_next_only_by_leave(
    fields: dict[str, str], rule: str, consent: str
) -> None:
    handle = clocks(walked("p3", TEXT, **fields))["handle"]
    [extended] = next(one.extended for one in PACK.clocks if one.rule_id == rule)

    assert (handle.rule_id, handle.due_at) == (rule, MIDNIGHT)
    assert (extended.by.days, extended.approved_by) == (1, consent)


def test_late_evening_counts_as_the_same_day() -> None:
    late = datetime(2026, 11, 16, 15, 59, tzinfo=UTC).isoformat()

    assert clocks(walked("p3", TEXT, channel="phone", received_at=late))["handle"].due_at == MIDNIGHT


@pytest.mark.parametrize(
    ("text", "case_class"),
    [
        (TEXT, "quality"),
        ("营业员态度恶劣，爱答不理", "service"),
        ("扶梯坏了，卫生间太脏", "facilities"),
        ("退款一直没到账", "other"),
    ],
)
def test_week_is_counted_by_the_four_classes_of_the_form(text: str, case_class: str) -> None:
    found = walked("p3", text)
    weekly = next(one for one in PACK.reports if one.code == "weekly")

    assert found.case_class == case_class
    assert (weekly.every, weekly.by) == ("week", ("class", "unit"))


def test_counter_and_store_complained_about_are_known_by_code() -> None:
    stated = {"store": "世纪广场店", "counter": "女鞋柜", "salesperson": "3号"}

    found = walked("p3", "营业员态度恶劣，爱答不理", entry="desk", stated=stated)

    assert (found.store_code, found.judge) == ("S-04", "store-manager")
    assert "p3.in_person_at_the_unit" in rules(found)


def test_referral_keeps_the_date_of_the_authority_beside_the_legal_one() -> None:
    referral = {"number": "1", "authority": "市监局", "kind": "complaint", "due_at": "2026-11-20T04:00:00Z"}

    found = clocks(walked("p3", TEXT, channel="regulator_12315", entry="push", referral=referral))

    assert found["referral-reply"].rule_id == "legal.written_due"
    assert found["referral-reply"].due_at == datetime(2026, 11, 20, 4, tzinfo=UTC)
    assert found["legal-reply"].rule_id == "legal.odr_reply_beside"


def test_month_is_approved_by_head_office_with_a_copy_for_the_business_manager() -> None:
    monthly = next(one for one in PACK.reports if one.code == "monthly")

    assert (monthly.approved_by, monthly.copies) == ("head-office", ("business-manager",))
    assert PACK.retention.typical_cases


def test_filing_waits_for_general_management_and_tracking_is_the_secretary_offices() -> None:
    filing = next(one for one in PACK.approvals if one.needed_for == "filing")

    assert (filing.by, PACK.follow_up[0].responsible) == (("general-management",), "secretary-office")
