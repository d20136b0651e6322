"""What another pack would change is said before it goes live; what people said holds."""

from typing import Any
from uuid import UUID

from deploy.whatif import Differences, Rules
from schemas.correction import Correction, Reclassified
from schemas.policy import PolicyPack, load_pack
from schemas.records import Classified
from tests.schemas.making import RECEIVED_AT, classified
from tests.workers.review.pieces import understood
from workers.classify import RuleUnderstander

PACK = load_pack()
TODAY = Rules(PACK, RuleUnderstander(PACK))


def decided(rules: Rules = TODAY, **fields: Any) -> Classified:
    """A past complaint as these rules decided it."""
    return rules.again(classified(understanding=understood(), **fields))


def tried(pack: PolicyPack, *complaints: Classified) -> Differences:
    """What this pack would change."""
    found = Differences()
    for complaint in complaints:
        found.add(complaint, PACK, Rules(pack, RuleUnderstander(pack)))
    return found


def test_the_same_rules_change_nothing() -> None:
    found = tried(PACK, decided(), decided(source_id="2", text="收银员态度恶劣，还骂人"))

    assert (found.complaints, found.changed, list(found.changes())) == (2, 0, [])


def test_another_department_by_the_rules_is_counted_with_examples() -> None:
    routing = tuple(
        rule.model_copy(update={"responsible": "procurement"}) if rule.responsible == "quality" else rule
        for rule in PACK.routing
    )
    complaints = [decided(source_id=str(number)) for number in range(7)]

    found = tried(PACK.model_copy(update={"routing": routing}), *complaints)

    [change] = found.changes()
    assert (change.what, change.before, change.after, change.count) == ("department", "quality", "procurement", 7)
    assert len(change.examples) == 5
    assert set(change.examples) <= {one.tracking_number for one in complaints}


def test_a_rule_that_is_gone_shows_what_it_had_raised() -> None:
    milder = PACK.model_copy(
        update={"severity": tuple(rule for rule in PACK.severity if rule.rule_id != "severity.amount_10000")}
    )

    found = tried(milder, decided(text="要求赔偿12000元，质量太差"))

    changes = {change.what: (change.before, change.after) for change in found.changes()}
    assert changes["severity"] == ("1", "2")
    assert "urgency" in changes


def test_what_a_person_said_holds_under_any_rules() -> None:
    said = Correction(
        correction_id=UUID(int=1), by="Li", at=RECEIVED_AT, reason="", reclassify=Reclassified(primary="hygiene")
    )
    complaint = decided(corrections=(said,))

    found = tried(PACK.model_copy(update={"categories": PACK.categories[1:]}), complaint)

    assert complaint.understanding.primary == "hygiene"
    assert found.decided_by_people == 1
    assert "primary" not in {change.what for change in found.changes()}


def test_sealed_reports_and_automatic_mail_are_left_out() -> None:
    found = tried(PACK, decided(sealed=True), decided(automatic={"is_automatic": True}))

    assert (found.complaints, found.left_out) == (0, 2)
