"""What later steps name is declared, and clocks say what they mean: windows, ends of days, later starts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.policy import ClockRule, Facts, PolicyInvalid, load_pack
from schemas.policy.clocks import clocks_for

HEAD = 'extends: default\nname: own\nversion: "1"\n'
TITLE = "title: {zh_hans: a, zh_hant: a, en: a}"
EVENING = datetime(2026, 9, 30, 15, 59, tzinfo=UTC)
"""23:59 of the last day before the national holiday."""


def clock(**fields: object) -> ClockRule:
    basis = {"clock": "handle", "rule_id": "c.handle", "stops_on": "closed"}
    return ClockRule.model_validate(basis | fields)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("approvals:\n  - {rule_id: a.b, " + TITLE + ", needed_for: remedy, by: [boss]}\n", "no role 'boss'"),
        (
            "approvals:\n  - {rule_id: a.b, " + TITLE + ", needed_for: remedy, by: [customer], supervised_by: [x]}\n",
            "no role 'x'",
        ),
        ("approvals:\n  - {rule_id: a.b, " + TITLE + ", needed_for: remedy, by: []}\n", "at least 1 item"),
        ("reports:\n  - {code: weekly, approved_by: boss}\n", "no role 'boss'"),
        ("reports:\n  - {code: weekly, by: [weather]}\n", "reports.weekly.by.0"),
        ("accused:\n  - {rule_id: accused.manager, role: boss}\n", "no role 'boss'"),
        ("accused:\n  - {rule_id: accused.manager, responsible: garden}\n", "no department 'garden'"),
        ("follow_up:\n  - {rule_id: follow_up.satisfaction, clock: tea-time}\n", "no clock 'tea-time'"),
        ("follow_up:\n  - {rule_id: follow_up.satisfaction, responsible: garden}\n", "no department 'garden'"),
        ("causes:\n  - {code: rain, " + TITLE + ", bears: garden}\n", "no department 'garden'"),
        ("classes:\n  - {code: all, " + TITLE + ", categories: [weather]}\n", "no category 'weather'"),
        (
            "classes:\n  - {code: a, "
            + TITLE
            + ", categories: [price]}\n  - {code: b, "
            + TITLE
            + ", categories: [price]}\n",
            "'price' is in 'a' already",
        ),
        ("clocks:\n  - {rule_id: clock.complex, starts_on: sunrise}\n", "clock.complex.starts_on"),
        (
            "clocks:\n  - rule_id: clock.complex\n"
            "    extended: [{rule_id: e.e, reason: r, by: {days: 1}, approved_by: x}]\n",
            "no role 'x'",
        ),
        ("roles:\n  - {code: a b, " + TITLE + "}\n", "roles.a b.code"),
    ],
)
def test_name_that_nothing_declares_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(HEAD + text, encoding="utf-8")

    with pytest.raises(PolicyInvalid) as refused:
        load_pack(path)

    assert says in str(refused.value)


@pytest.mark.parametrize(("days", "due"), [(0, "2026-09-30T16:00:00+00:00"), (1, "2026-10-01T16:00:00+00:00")])
def test_end_of_the_day_is_midnight_in_china_whatever_the_calendar(days: int, due: str) -> None:
    assert clock(due={"end_of_day": days}).due_at(EVENING).isoformat() == due


def test_clock_of_a_later_event_does_not_start_on_receipt() -> None:
    later = clock(starts_on="solved", due={"days": 7}, not_before={"days": 3})

    assert clocks_for([later], Facts(), EVENING) == ()
    [started] = clocks_for([later], Facts(), EVENING, "solved")
    assert started.due_at == EVENING + timedelta(days=7)


def test_condition_of_a_later_clock_is_asked_like_any_other() -> None:
    later = clock(starts_on="solved", due={"days": 7}, applies_if={"kinds": ["complaint"]})

    assert clocks_for([later], Facts(kind="praise"), EVENING, "solved") == ()
