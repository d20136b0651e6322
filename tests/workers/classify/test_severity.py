"""Severity and urgency come from the rules of the pack alone, and every fact more can only raise them."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.complaint import Sender, Stated
from schemas.policy import Facts, load_pack
from schemas.policy.checking import check
from schemas.policy.customers import Customers
from schemas.policy.rules import SeverityRule, UrgencyRule, When
from schemas.records import Cluster, Link, Understanding, Verdict
from tests.schemas.making import deduplicated
from workers.classify import Message, RuleUnderstander, message_of
from workers.classify.raising import raised

PACK = load_pack()
UNDERSTANDER = RuleUnderstander(PACK)
RANK = {"regular": 0, "systemic": 1, "urgent": 2}
BY_LEVEL = {rule.level: set(rule.informed) for rule in PACK.escalation}


def understand(text: str, **more: Any) -> Understanding:
    return UNDERSTANDER.understand(Message(text, **more))


def level(**known: Any) -> int:
    return raised(PACK, Facts(**known))[0]


@pytest.mark.parametrize(
    ("written", "expected"),
    [("999.99元", 3), ("1000元", 2), ("1,000元", 2), ("9999.99元", 2), ("10000元", 1), ("10,000元", 1), ("一万块", 1)],
)
def test_an_amount_on_the_limit_belongs_to_the_higher_level(written: str, expected: int) -> None:
    assert understand(f"货坏了，一共花了{written}").severity == expected
    assert understand("货坏了", stated=Stated(amount=written)).severity == expected


@pytest.mark.parametrize(("written", "expected"), [("9箱", 3), ("10箱", 2), ("99箱", 2), ("100箱", 1), ("一百箱", 1)])
def test_boxes_on_the_limit_belong_to_the_higher_level(written: str, expected: int) -> None:
    assert understand(f"这批货坏了{written}").severity == expected
    assert understand("这批货坏了", stated=Stated(quantity=written)).severity == expected


@pytest.mark.parametrize(("times", "expected"), [(None, 3), (1, 3), (2, 2), (3, 1), (7, 1)])
def test_the_same_problem_at_the_same_customer_counts_up(times: int | None, expected: int) -> None:
    assert understand("衣服掉色", repeat_count=times).severity == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("货坏了，损失八百到一千二百元", 2),
        ("货坏了，损失9000到12000元", 1),
        ("这批货坏了8到12箱", 2),
    ],
)
def test_a_range_counts_with_its_upper_end(text: str, expected: int) -> None:
    assert understand(text).severity == expected


@pytest.mark.parametrize(
    "text",
    [
        "海参每斤1200元，买回来是坏的",
        "海参1200元一斤，买回来是坏的",
        "海参1200元/斤，买回来是坏的",
        "单价1200元，货是坏的",
        "满1000元减50没有减",
        "要求十倍赔偿，货是坏的",
        "The tea is $1200 per box and it was stale",
    ],
)
def test_what_one_piece_costs_thresholds_and_multipliers_are_no_amount(text: str) -> None:
    assert understand(text).severity == 3


@pytest.mark.parametrize("text", ["花了1200元买的空调不制冷", "退款1200元没到账", "一共1200块，货是坏的"])
def test_what_was_spent_is_an_amount(text: str) -> None:
    assert understand(text).severity == 2


def test_the_reason_says_the_number_in_words_a_clerk_understands() -> None:
    reasons = {one.rule: one.detail for one in understand("这批货坏了12箱，损失12000元", repeat_count=3).evidence}

    assert reasons["severity.amount_10000"] == "涉及金额达到一万元（12000元）"
    assert reasons["severity.boxes_10"] == "涉及十箱以上（12箱）"
    assert reasons["severity.repeat_3"] == "同一顾客同一问题三次以上（第3次）"


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"customer": "key"}, 1),
        ({"customer": "important"}, 2),
        ({"customer": "key", "kind": "inquiry"}, 3),
        ({"dissatisfaction": 3}, 2),
        ({"dissatisfaction": 3, "terms": {"lost_customer": "再也不来"}}, 1),
        ({"dissatisfaction": 1}, 3),
        ({"safety": True}, 2),
        ({"safety": True, "terms": {"minors": "孩子"}}, 1),
        ({"safety": True, "terms": {"pregnant": "孕妇"}}, 1),
        ({"terms": {"elderly": "老人"}}, 3),
        ({"terms": {"media_threat": "曝光"}}, 2),
        ({"referral": True}, 2),
        ({"kind": "legal_notice"}, 1),
    ],
)
def test_each_fact_has_its_level(known: dict[str, Any], expected: int) -> None:
    assert level(**known) == expected


def test_many_customers_of_one_batch_are_watched_as_systemic_unless_it_is_urgent() -> None:
    assert understand("衣服掉色", systemic=True).urgency == "systemic"
    assert understand("衣服掉色，我要找媒体曝光", systemic=True).urgency == "urgent"
    clocks = {one.clock: one.rule_id for one in PACK.clocks_for(Facts(urgency="systemic"), datetime.now(UTC))}
    assert clocks["handle"] == "clock.handle_regular"


def test_customers_are_known_by_number_or_name_of_the_sender_and_by_nothing_they_write() -> None:
    pack = PACK.model_copy(update={"customers": Customers(key=("K-100",), important=("宏远饭店",))})
    understander = RuleUnderstander(pack)

    def severity(text: str, **sender: str) -> int:
        record = deduplicated(text=text, sender=Sender(**sender))
        return understander.understand(message_of(record)).severity

    assert severity("衣服掉色", customer_no="k-100") == 1
    assert severity("衣服掉色", name="宏遠飯店") == 2
    assert severity("衣服掉色，我是K-100宏远饭店的朋友", name="李雷") == 3


def test_what_linking_found_reaches_the_rules() -> None:
    cluster = Cluster(cluster_id=deduplicated().case_id, by="batch", size=5, systemic=True)
    link = Link(verdict=Verdict.REPEAT, of=deduplicated().complaint_id, repeat_count=3, cluster=cluster)

    found = UNDERSTANDER.understand(message_of(deduplicated(text="衣服掉色").model_copy(update={"link": link})))

    assert {"severity.repeat_3", "urgency.systemic"} <= {one.rule for one in found.evidence}


def test_who_is_informed_follows_from_the_level() -> None:
    directors = {"regional-director", "business-director", "supply-chain-director", "department-managers"}
    ones_own = {"quality-manager", "feedback-coordinator"}

    assert BY_LEVEL["severity_1"] == directors | ones_own | {"general-management", "production-centre-director"}
    assert BY_LEVEL["severity_2"] == directors | ones_own


FACTS = st.builds(
    Facts,
    kind=st.sampled_from([kind.code for kind in PACK.kinds]),
    category=st.sampled_from([category.code for category in PACK.categories]),
    channel=st.sampled_from(["", "phone", "regulator_12315"]),
    verdict=st.sampled_from(["new", "duplicate", "follow_up", "suspected"]),
    safety=st.booleans(),
    referral=st.booleans(),
    amount=st.none() | st.decimals(0, 20_000, places=2),
    boxes=st.none() | st.decimals(0, 200, places=0),
    repeat_count=st.none() | st.integers(1, 4),
    dissatisfaction=st.none() | st.integers(0, 3),
    systemic=st.booleans(),
    customer=st.sampled_from([None, "important", "key"]),
    safety_rules=st.frozensets(st.sampled_from([rule.rule_id for rule in PACK.safety])),
    terms=st.dictionaries(st.sampled_from(sorted(PACK.term_sets)), st.just("")),
)


def more_of(facts: Facts, name: str) -> Facts:
    """The same with one fact more."""
    more: dict[str, Any] = {
        "safety": True,
        "referral": True,
        "systemic": True,
        "customer": "key" if facts.customer else "important",
        "amount": (facts.amount or Decimal()) + 1_000,
        "boxes": (facts.boxes or Decimal()) + 10,
        "repeat_count": (facts.repeat_count or 0) + 1,
        "dissatisfaction": min((facts.dissatisfaction or 0) + 1, 3),
        "verdict": "repeat",
        "safety_rules": facts.safety_rules | {PACK.safety[0].rule_id},
        "terms": {**facts.terms, "media_threat": ""},
    }
    return replace(facts, **{name: more[name]})


@given(
    FACTS,
    st.sampled_from(
        [
            *("safety", "referral", "systemic", "customer", "amount", "boxes", "repeat_count", "dissatisfaction"),
            *("verdict", "safety_rules", "terms"),
        ]
    ),
)
def test_one_fact_more_never_lowers_anything(facts: Facts, name: str) -> None:
    before, after = raised(PACK, facts), raised(PACK, more_of(facts, name))

    assert after[0] <= before[0]
    assert RANK[after[1]] >= RANK[before[1]]


Section = Literal["severity", "urgency"]


@pytest.mark.parametrize(
    ("section", "when"),
    [
        ("severity", When(safety=False)),
        ("severity", When(verdicts=("new", "repeat"))),
        ("urgency", When(referral=False)),
        ("urgency", When(systemic=False)),
        ("urgency", When(severities=(2,))),
        ("urgency", When(urgencies=("regular",))),
    ],
)
def test_a_rule_that_could_lower_something_is_refused(section: Section, when: When) -> None:
    rules = {
        "severity": SeverityRule(rule_id="severity.x", reason="x", when=when, level=1),
        "urgency": UrgencyRule(rule_id="urgency.x", reason="x", when=when, urgency="urgent"),
    }
    pack = PACK.model_copy(update={section: (rules[section],)})

    assert [location for location, _ in check(pack) if location[:2] == (section, 0)]
