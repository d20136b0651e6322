"""P4, manufacturer with business customers: severity decides who is informed."""

from datetime import timedelta

import pytest

from schemas.policy import Facts
from schemas.policy.customers import Customers
from tests.deploy.packs.walking import MONDAY, pack, walked

PACK = pack("p4")
LEVEL_3 = {"supply-chain-director", "quality-manager", "department-managers", "feedback-coordinator"}
LEVEL_2 = LEVEL_3 | {"regional-director", "business-director"}
LEVEL_1 = LEVEL_2 | {"general-management", "production-centre-director"}
INFORMED = {1: LEVEL_1, 2: LEVEL_2, 3: LEVEL_3}


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("这批纸盒裁切有偏差，涉及9箱", 3),
        ("这批纸盒裁切有偏差，涉及10箱", 2),
        ("这批纸盒裁切有偏差，涉及99箱", 2),
        ("这批纸盒裁切有偏差，涉及100箱", 1),
        ("这批纸盒裁切有偏差，损失999.99元", 3),
        ("这批纸盒裁切有偏差，损失1000元", 2),
        ("这批纸盒裁切有偏差，损失9999.99元", 2),
        ("这批纸盒裁切有偏差，损失10000元", 1),
        ("这批纸盒裁切有偏差，涉及9箱，损失一万元", 1),
    ],
)
def test_number_itself_belongs_to_the_higher_level_and_the_level_says_who_is_informed(text: str, severity: int) -> None:
    found = walked("p4", text)

    assert found.severity == severity
    assert set(found.informed) == INFORMED[severity]


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        (Facts(repeat_count=1), 3),
        (Facts(repeat_count=2), 2),
        (Facts(repeat_count=3), 1),
        (Facts(customer="important"), 2),
        (Facts(customer="key"), 1),
        (Facts(dissatisfaction=1), 3),
        (Facts(dissatisfaction=2), 3),  # by tone alone most complaints would be level 2
        (Facts(terms={"dissatisfied": ""}), 2),
        (Facts(dissatisfaction=3), 1),
        (Facts(terms={"serious_defect": ""}), 2),
        (Facts(terms={"fatal_defect": ""}), 1),
        (Facts(terms={"lost_customer": ""}), 1),
        (Facts(terms={"business_customer": ""}), 3),
    ],
)
def test_each_row_of_the_table_gives_its_level(facts: Facts, level: int) -> None:
    assert min((rule.level for rule in PACK.severity if rule.when.holds(facts)), default=3) == level


def test_key_customer_is_known_by_number() -> None:
    assert PACK.model_copy(update={"customers": Customers(key=("KA-001",))}).customers.standing(["ka-001"]) == "key"


@pytest.mark.parametrize(
    ("text", "department"),
    [("这批纸盒裁切有偏差，质量有问题", "quality"), ("建议包装盒增加防潮层，希望能改进一下", "business")],
)
def test_complaint_goes_to_quality_and_a_request_to_the_business_unit(text: str, department: str) -> None:
    assert walked("p4", text).department == department


def test_quality_adjudicates_within_four_hours_of_the_evidence() -> None:
    [clock] = PACK.clocks_for(Facts(), MONDAY, "evidence-received")

    assert (clock.clock, clock.due_at) == ("adjudication", MONDAY + timedelta(hours=4))
    assert "adjudication" not in {one.clock for one in PACK.clocks_for(Facts(), MONDAY)}


def test_cause_says_who_bears_the_cost() -> None:
    assert {one.code: one.bears for one in PACK.causes} == {
        "invalid": "business",
        "design-fault": "design",
        "sample-or-process": "quality",
        "raw-material": "supply-chain",
        "storage-delivery": "logistics",
        "unknown": "finance",
    }


def test_stock_is_destroyed_on_three_signatures_under_supervision() -> None:
    destroy = next(one for one in PACK.approvals if one.needed_for == "destroying")

    assert destroy.by == ("supply-chain-director", "finance-manager", "general-management")
    assert destroy.supervised_by == ("finance-manager", "quality-manager")


def test_only_the_customer_closes_and_dissatisfaction_goes_back_to_quality() -> None:
    [asked] = PACK.follow_up
    monthly = next(one for one in PACK.reports if one.code == "monthly")

    assert PACK.replying.closed_by_customer
    assert (asked.if_dissatisfied, asked.responsible) == ("back-to-department", "quality")
    assert {"on-time-rate", "satisfaction"} <= set(monthly.holds)
