"""The figures of an evaluation are what their names say."""

from pathlib import Path

import pytest

from deploy.training.agreement import kappas
from deploy.training.answering import Answers, by_class
from deploy.training.corpus import Example
from deploy.training.figures import MEASURES, calibration_error, figures, share_at


def example(number: int, primary: str, *secondary: str, kind: str = "complaint", safety: bool = False) -> Example:
    return Example(f"frozen/01.tsv:{number}", "奶", "奶", "t", "sms", kind, primary, secondary, safety, 1)


ASKED = [
    example(1, "quality", "after_sales", safety=True),
    example(2, "price"),
    example(3, "price", kind="inquiry"),
    example(4, "logistics", safety=True),
]
GIVEN = Answers(
    ASKED,
    primary=["after_sales", "price", "price", "logistics"],
    kind=["complaint", "complaint", "complaint", "complaint"],
    safety=[True, True, False, False],
    p=[0.5, 0.9, 0.8, 0.4],
    review=[True, False, False, True],
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("primary category, accuracy", 0.75),
        ("primary within the label set", 1.0),
        ("safety recall", 0.5),
        ("non-safety texts flagged", 0.5),
        ("decided without review", 0.5),
        ("right among those", 1.0),
        ("share that could be decided at 95 %", 0.5),
    ],
)
def test_a_figure_counts_what_it_names(name: str, value: float) -> None:
    [measure] = [one for one in MEASURES if one.name == name]

    assert measure.of(GIVEN) == pytest.approx(value)


def test_a_perfect_forecast_has_no_calibration_error_and_a_boasting_one_has() -> None:
    sure = Answers(ASKED, [one.primary for one in ASKED], ["complaint"] * 4, [False] * 4, p=[1.0] * 4)
    boasting = Answers(ASKED, ["hygiene"] * 4, ["complaint"] * 4, [False] * 4, p=[1.0] * 4)

    assert calibration_error(sure) == 0.0
    assert calibration_error(boasting) == 1.0


def test_what_gives_no_probability_has_no_figure_for_it() -> None:
    plain = Answers(ASKED, ["price"] * 4, ["complaint"] * 4, [False] * 4)

    assert calibration_error(plain) is None
    assert share_at(0.95)(plain) is None


def test_the_interval_holds_the_figure_and_is_the_same_each_time() -> None:
    found = figures(GIVEN)["primary category, accuracy"]

    assert found is not None
    assert found.low <= found.value <= found.high
    assert found == figures(GIVEN)["primary category, accuracy"]


def test_classes_without_examples_have_no_figure() -> None:
    found = by_class(GIVEN)

    assert found["category price"] == 1.0
    assert found["kind inquiry"] == 0.0
    assert found["safety recall"] == 0.5
    assert "category hygiene" not in found


def test_nobody_has_labelled_a_second_time_yet(tmp_path: Path) -> None:
    assert kappas(ASKED, tmp_path) is None


def test_two_labellings_that_agree_have_kappa_one(tmp_path: Path) -> None:
    rows = [f"01.tsv:{n}\t{one.kind}\t{one.primary}\t-\t{int(one.safety)}\t1" for n, one in enumerate(ASKED, 1)]
    (tmp_path / "01.tsv").write_text("\n".join(rows[:3]) + "\n", encoding="utf-8")

    found = kappas(ASKED, tmp_path)

    assert found is not None
    assert (found["texts"], found["kind"], found["primary"], found["safety"]) == (3, 1.0, 1.0, 1.0)


def test_a_row_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "01.tsv").write_text("01.tsv:1\tcomplaint\n", encoding="utf-8")

    with pytest.raises(ValueError, match=r"01\.tsv:1: 2 columns"):
        kappas(ASKED, tmp_path)
