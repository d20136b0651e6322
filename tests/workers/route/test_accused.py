"""Who is accused does not judge and does not learn who complains."""

from typing import Any

import pytest

from schemas.complaint import Referral, Sender, Stated
from schemas.policy import PolicyPack
from schemas.records import Assignment, Classified, Escalation
from tests.workers.route.pieces import PACK, classified
from tests.workers.route.test_places import PLACES
from workers.route import Route
from workers.route.places import located
from workers.route.state import Memory
from workers.runtime.driver import incoming

SENDER = Sender(name="王小明", phones=("+8613800138000",))
MANAGER = "店长态度恶劣，当众骂人，还推搡我"
CLERK = "收银员态度恶劣，工号0231，当众骂人"


def routed(text: str, pack: PolicyPack = PACK, **fields: Any) -> tuple[list[Assignment], list[Escalation]]:
    stage = Route(pack, b"c" * 32, PLACES)
    complaint: Classified = classified(text=text, sender=SENDER, **fields)
    place = located(PLACES, complaint, None)
    decision = stage._route(Memory(), complaint, complaint.received_at, place)
    records = [emit.record for emit in stage.emit(incoming(complaint), decision)]
    return (
        [record for record in records if isinstance(record, Assignment)],
        [record for record in records if isinstance(record, Escalation)],
    )


@pytest.mark.parametrize(
    ("text", "rule", "role", "unit"),
    [
        (MANAGER, "accused.manager", "regional-manager", "R-EAST"),
        (CLERK, "accused.person", "store-manager", "S-01"),
        ("The store manager was rude and shouted at me", "accused.manager", "regional-manager", "R-EAST"),
    ],
)
def test_level_above_judges_and_is_told(text: str, rule: str, role: str, unit: str) -> None:
    [first, *_], [escalation] = routed(text, stated=Stated(store="人民路店"))

    assert first.judge is not None
    assert (first.judge.rule_id, first.judge.role, first.judge.unit) == (rule, role, unit)
    assert role in escalation.informed
    assert rule in {one.rule for one in escalation.reasons}


def test_accused_unit_gets_the_facts_without_the_person() -> None:
    assignments, _ = routed(MANAGER, stated=Stated(store="人民路店"))

    for record in assignments:
        assert record.contact.masked == ()
        assert "骂人" in record.text
        assert (record.contact.ref is not None) == record.responsible


def test_salesperson_named_in_a_form_is_accused() -> None:
    [first, *_], _ = routed("服务态度恶劣，爱答不理", stated=Stated(store="人民路店", salesperson="李某"))

    assert first.judge is not None
    assert first.judge.rule_id == "accused.person"


@pytest.mark.parametrize(
    "text",
    ["收银员态度恶劣，当众骂人", "收银员态度恶劣，我要找店长反映，结果店长不在", "牛奶过期了，店长说可以退"],
)
def test_nobody_is_accused_who_is_only_asked_for(text: str) -> None:
    [first, *_], _ = routed(text, stated=Stated(store="人民路店"))

    assert first.judge is None
    assert first.contact.masked != ()


def test_without_a_known_unit_the_role_of_the_pack_judges() -> None:
    [first, *_], _ = routed(MANAGER, stated=Stated(store="火星路店"))

    assert first.judge is not None
    assert (first.judge.role, first.judge.unit) == ("regional-manager", None)


def test_another_department_answers_when_the_pack_says_so() -> None:
    rules = tuple(rule.model_copy(update={"responsible": "customer-service"}) for rule in PACK.accused)

    [first, copy], _ = routed(MANAGER, PACK.model_copy(update={"accused": rules}), stated=Stated(store="人民路店"))

    assert (first.department, first.responsible, first.contact.masked != ()) == ("customer-service", True, True)
    assert (copy.department, copy.responsible, copy.contact.masked, copy.contact.ref) == (
        "store-operations",
        False,
        (),
        None,
    )


def test_identity_is_given_for_a_reason_the_pack_writes() -> None:
    rules = tuple(rule.model_copy(update={"identity_for_unit": "当面处理"}) for rule in PACK.accused)

    [first, *_], _ = routed(MANAGER, PACK.model_copy(update={"accused": rules}))

    assert first.contact.masked == ("王**", "138****8000")


def test_referral_of_an_authority_is_not_moved() -> None:
    [first, *_], _ = routed(MANAGER, referral=Referral(number="1", authority="a", kind="complaint"))

    assert (first.department, first.judge) == ("regulator-affairs", None)
