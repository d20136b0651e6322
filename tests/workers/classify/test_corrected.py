"""What a person says of a complaint holds over what the machine thinks, and says who decided why."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from schemas.correction import Correction, Reclassified
from schemas.policy import load_pack
from schemas.records import Understanding, Verdict
from tests.schemas.making import RECEIVED_AT, deduplicated
from workers.classify import ClassifyStage, RuleUnderstander
from workers.runtime.driver import incoming

PACK = load_pack()
STAGE = ClassifyStage(RuleUnderstander(PACK), PACK)


def said(number: int = 1, reason: str = "看错了", **says: Any) -> Correction:
    """A correction; a higher number is a later one."""
    at = RECEIVED_AT + timedelta(hours=number)
    return Correction(correction_id=UUID(int=number), by="Li", at=at, reason=reason, reclassify=Reclassified(**says))


def understood(*corrections: Correction, **fields: Any) -> Understanding:
    """What the classify stage says of a complaint with these corrections."""
    [emit] = STAGE.decide(incoming(deduplicated(corrections=corrections, **fields)))
    found: Understanding = emit.record.understanding  # type: ignore[attr-defined]
    return found


def test_what_a_person_says_holds_and_nobody_is_asked_again() -> None:
    found = understood(
        said(kind="suggestion", primary="service", secondary=("price",), dissatisfaction=2), text="嗯，就这样"
    )

    assert (found.kind, found.primary, found.secondary, found.dissatisfaction) == (
        "suggestion", "service", ("price",), 2,
    )  # fmt: skip
    assert (found.needs_review, found.review_reasons) == (False, ())


def test_the_newest_of_several_corrections_holds_in_whatever_order_they_are_kept() -> None:
    first, last = said(1, primary="service"), said(2, primary="price")

    assert understood(last, first).primary == understood(first, last).primary == "price"


def test_what_a_person_does_not_say_stays_the_machines() -> None:
    machine, person = (
        understood(text="牛奶过期了，喝了肚子疼"),
        understood(said(dissatisfaction=3), text="牛奶过期了，喝了肚子疼"),
    )

    assert (person.primary, person.safety, person.severity, person.urgency) == (
        machine.primary, machine.safety, machine.severity, machine.urgency,
    )  # fmt: skip
    assert person.categories == machine.categories


def test_the_evidence_says_in_chinese_who_changed_what_and_why_with_personal_data_masked() -> None:
    found = understood(said(primary="service", reason="顾客 13812345678 说的是收银员"), text="牛奶过期了")

    [one] = [one for one in found.evidence if one.rule == "correction.reclassify"]
    assert one.detail is not None
    assert one.detail.startswith("人工更正（Li）：主要类别 quality→service；原因：")
    assert "13812345678" not in one.detail


def test_harm_that_a_person_reports_makes_it_urgent() -> None:
    found = understood(said(safety=True), text="今天买的东西，想问问")

    assert (found.safety, found.safety_p, found.urgency) == (True, 1.0, "urgent")
    assert found.severity <= 2


def test_harm_that_a_person_takes_back_lowers_what_was_raised_for_it_only() -> None:
    plain = understood(said(safety=False), text="喝了你们的牛奶以后拉肚子了")
    with_media = understood(said(safety=False), text="喝了你们的牛奶以后拉肚子了，我要找媒体曝光")

    assert (plain.safety, plain.severity, plain.urgency) == (False, 3, "regular")
    assert not [one for one in plain.evidence if one.rule.startswith(("safety.", "severity.harm", "urgency.safety"))]
    assert (with_media.safety, with_media.severity, with_media.urgency) == (False, 2, "urgent")


def test_only_a_person_lowers_severity_and_other_facts_still_make_it_urgent() -> None:
    text = "喝了你们的牛奶以后拉肚子了"

    lowered = understood(said(severity=3), text=text)
    raised = understood(said(severity=1), text="想问问几点关门")

    assert (lowered.severity, lowered.urgency) == (3, "urgent")
    assert (raised.severity, raised.urgency) == (1, "urgent")


def test_the_wrapped_complaint_is_never_changed() -> None:
    before = deduplicated(corrections=(said(kind="praise", primary="service"),))

    [emit] = STAGE.decide(incoming(before))

    after = emit.record.model_dump()
    assert {name: after[name] for name in type(before).model_fields} == before.model_dump()


def test_a_suspected_link_still_waits_for_a_person_who_decides_it() -> None:
    found = understood(said(primary="service"), verdict=Verdict.SUSPECTED, case_of="0")

    assert (found.needs_review, found.review_reasons) == (True, ("suspected_link",))
