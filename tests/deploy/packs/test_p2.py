"""P2, online shopping platform: a plan is agreed with the customer before it is carried out."""

import pytest

from schemas.policy import Variant
from tests.deploy.packs.walking import MONDAY, clocks, pack, walked

PACK = pack("p2")


@pytest.mark.parametrize(
    ("text", "case_class", "department"),
    [
        ("收到的耳机没声音，质量有问题", "quality", "quality"),
        ("快递一直没收到货，物流不更新", "logistics", "logistics"),
        ("不给退货，拒绝退换", "after_sales", "after-sales"),
        ("客服态度恶劣，不理人", "after_sales", "customer-service"),
    ],
)
def test_feedback_is_classed_and_dispatched(text: str, case_class: str, department: str) -> None:
    found = walked("p2", text)

    assert (found.case_class, found.department) == (case_class, department)


def test_urgency_and_severity_give_the_priority() -> None:
    serious, ordinary = walked("p2", "充电宝自燃，手被烧伤了"), walked("p2", "快递晚到了两天")

    assert (serious.severity, serious.urgency, ordinary.severity, ordinary.urgency) == (1, "urgent", 3, "regular")


def test_expected_handling_time_is_in_the_acknowledgement() -> None:
    promised = PACK.acknowledgement.promised_clock

    assert promised in clocks(walked("p2", "快递晚到了两天"))
    assert all("{answer_by}" in text.body for text in PACK.acknowledgement.texts if text.variant is not Variant.NOTED)
    assert PACK.due_at(promised, MONDAY) > MONDAY


def test_customer_agrees_to_the_plan_and_hears_of_progress() -> None:
    plan = next(one for one in PACK.approvals if one.rule_id == "p2.plan")

    assert (plan.by, plan.needed_for) == (("customer",), "remedy")
    assert (PACK.replying.progress_told, PACK.replying.plan_confirmed) == (True, True)
    assert {"refund", "exchange", "compensation"} <= {one.code for one in PACK.remedies}


def test_two_questions_are_asked_at_the_end() -> None:
    [asked] = PACK.follow_up

    assert [question.code for question in asked.questions] == ["handling", "satisfied"]
