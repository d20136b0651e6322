"""P0, retail chain: adverse events and customer feedback."""

from datetime import timedelta

import pytest

from schemas.policy import Facts
from tests.deploy.packs.walking import MONDAY, clocks, pack, walked

PACK = pack("p0")


@pytest.mark.parametrize(
    ("text", "case_class", "department"),
    [
        ("买的牛奶已经过期了，打开一股酸味", "quality", "quality"),
        ("店员态度很差，排队排了一个小时", "service", "store-operations"),
        ("付款失败但是钱扣了，退款一直没到账", "payment", "finance"),
        ("快递晚到一周，送错货了", "logistics", "logistics"),
    ],
)
def test_feedback_is_counted_in_the_classes_of_the_procedure(text: str, case_class: str, department: str) -> None:
    found = walked("p0", text)

    assert (found.pack, found.case_class, found.department) == ("p0@1", case_class, department)


def test_receipt_is_confirmed_within_24_hours_and_regular_feedback_handled_within_a_week() -> None:
    found = clocks(walked("p0", "快递晚到一周，送错货了"))

    assert found["acknowledge"].due_at == MONDAY + timedelta(hours=24)
    assert found["handle"].due_at == MONDAY + timedelta(days=7)


def test_urgent_feedback_is_handled_within_24_hours() -> None:
    found = walked("p0", "孩子吃了你们的酸奶上吐下泻，进了医院")

    assert (found.urgency, clocks(found)["handle"].due_at) == ("urgent", MONDAY + timedelta(hours=24))


def test_what_concerns_several_customers_is_watched_as_systemic() -> None:
    [rule] = [one for one in PACK.urgency if one.urgency == "systemic"]

    assert rule.when.holds(Facts(systemic=True))
    assert not rule.when.holds(Facts(systemic=False))


@pytest.mark.parametrize("entry", ["paper-box", "desk"])
def test_adverse_event_is_passed_on_within_24_hours_and_handled_within_48_of_that(entry: str) -> None:
    found = clocks(walked("p0", "意见箱：面包有霉点", entry=entry))
    passed_on = MONDAY + timedelta(hours=5)
    later = {one.clock: one for one in PACK.clocks_for(Facts(entry=entry), passed_on, "passed-on")}

    assert found["pass-on"].due_at == MONDAY + timedelta(hours=24)
    assert "regional-handling" not in found
    assert later["regional-handling"].due_at == passed_on + timedelta(hours=48)


def test_web_feedback_is_no_adverse_event_report() -> None:
    assert "pass-on" not in clocks(walked("p0", "面包有霉点"))


def test_store_manager_reviews_and_regional_manager_agrees_the_plan() -> None:
    signed = {one.rule_id: one.by for one in PACK.approvals}

    assert (signed["p0.truth"], signed["p0.plan"]) == (("store-manager",), ("regional-manager",))


def test_dissatisfied_customer_reopens_the_case_and_a_quarter_is_summed_up() -> None:
    [asked], [report] = PACK.follow_up, PACK.reports

    assert (asked.if_dissatisfied, report.every) == ("reopened", "quarter")
    assert {"handling-time", "satisfaction", "recurring-problems", "root-causes"} <= set(report.holds)
