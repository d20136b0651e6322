"""`intake review`: what the machine is unsure of waits for a person, whose word holds and is learned from."""

import json
from typing import Any

import pytest

from schemas.correction import Reclassified
from schemas.review_lines import ReviewActReport, ReviewLine, ReviewShown, ReviewsReport
from tests.deploy.cli.running import Done, Intake, history, until
from tests.deploy.cli.test_tasks import hand_in

on_system = pytest.mark.usefixtures("on_system")


def waiting(intake: Intake, number: str, *options: str) -> ReviewLine | None:
    """The review of a complaint, as `list` has it."""
    report = ReviewsReport.model_validate_json(intake("review", "list", "--json", *options).out)
    return next((one for one in report.reviews if one.tracking_number == number), None)


def known(intake: Intake, number: str) -> ReviewShown | None:
    """The review of any complaint, once the stage has come to it."""
    done = intake("review", "show", number, "--json")
    shown = ReviewShown.model_validate_json(done.out) if done.code == 0 else None
    return shown if shown and shown.review.machine else None


def acted(done: Done) -> ReviewActReport:
    """What an act printed."""
    return ReviewActReport.model_validate_json(done.out)


def labels(intake: Intake) -> list[dict[str, Any]]:
    """What training would get."""
    return [json.loads(line) for line in intake("review", "export").out.splitlines()]


@pytest.mark.services
@on_system
def test_an_unsure_one_waits_is_claimed_corrected_and_learned_from(intake: Intake) -> None:
    text = "嗯嗯，我是张三丰，电话13912345678，钱和货两个都有点问题"
    number = hand_in(channel="web", account="form", entry="form", text=text).tracking_number

    until(lambda: waiting(intake, number))
    claimed = intake("review", "claim", number, "--by", "Li", "--json")
    theirs = intake("review", "confirm", number, "--by", "Wang", "--json")
    shown = known(intake, number)
    says = (
        "--primary",
        "service",
        "--kind",
        "complaint",
        "--secondary",
        "price",
        "--no-safety",
        "--dissatisfaction",
        "2",
    )
    corrected = intake("review", "correct", number, *says, "--by", "Li", "--reason", "说的是收银员", "--json")
    until(lambda: waiting(intake, number) is None)
    again = intake("review", "correct", number, *says, "--by", "Li", "--reason", "说的是收银员", "--json")

    assert (claimed.code, acted(claimed).detail) == (0, "claimed")
    assert (theirs.code, acted(theirs).detail) == (1, "claimed by Li")
    assert shown is not None
    assert shown.text is not None
    assert "13912345678" not in shown.text
    assert (corrected.code, acted(corrected).revision) == (0, 2)
    assert (again.code, acted(again).detail) == (1, "that is what Li said")
    last = [event for event in history(intake, number) if event["what"] == "classified"][-1]
    assert any("人工更正（Li）" in reason for reason in last["reasons"])  # type: ignore[attr-defined]
    [line] = [one for one in labels(intake) if one["primary"] == "service" and one["text"].startswith("嗯嗯，")]
    assert (line["secondary"], line["safety"], line["dissatisfaction"]) == (["price"], False, 2)
    assert line["drawn_by"] in {"uncertain", "disagreement"}
    assert "13912345678" not in line["text"]


@pytest.mark.services
@on_system
def test_a_sure_one_nobody_was_asked_about_can_be_confirmed_once(intake: Intake) -> None:
    text = "收银员态度恶劣，还当众骂人，要求道歉"
    number = hand_in(channel="web", account="form", entry="form", text=text).tracking_number

    until(lambda: known(intake, number))
    confirmed = intake("review", "confirm", number, "--by", "Li", "--json")
    again = intake("review", "confirm", number, "--by", "Wang", "--json")
    wrong = intake("review", "show", number)

    review = acted(confirmed).review
    assert review is not None
    assert (confirmed.code, review.state, review.outcome) == (0, "done", "confirmed")
    assert (again.code, acted(again).detail) == (1, "already confirmed by Li")
    assert "人工结论（Li）" in wrong.out
    assert review.machine is not None
    assert [one["primary"] for one in labels(intake) if one["text"] == text] == [review.machine.primary]


@pytest.mark.services
@on_system
def test_sample_and_drift_answer_while_a_week_is_not_over(intake: Intake) -> None:
    sample, drift = intake("review", "sample", "--json"), intake("review", "drift", "--json")

    assert (sample.code, sample.json["drawn"]) == (0, False)
    assert drift.code == 0
    assert {one["measure"] for one in drift.json["measures"]} <= {
        "kind", "category", "confidence", "review", "unfamiliar", "length",
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        ("--reason", "因为"),
        ("--reason", "因为", "--primary", "nonsense"),
        ("--reason", "因为", "--kind", "nonsense"),
        ("--reason", "因为", "--dissatisfaction", "4"),
        ("--reason", "打13812345678问过", "--primary", "service"),
        ("--reason", " ", "--primary", "service"),
    ],
)
def test_a_correction_that_says_nothing_or_too_much_is_a_usage_error(
    intake: Intake, nothing_runs: object, wrong: tuple[str, ...]
) -> None:
    assert intake("review", "correct", "X", "--by", "Li", *wrong).code == 2


def test_every_thing_a_correction_can_say_is_an_option(intake: Intake, nothing_runs: object) -> None:
    shown = intake("review", "correct", "--help").out

    assert [name for name in Reclassified.model_fields if f"--{name}" not in shown] == []
