"""The figures of fields are counted honestly: span and value, in the form in which marks are written."""

from deploy.training.fields_eval import compare, errors, report, score
from deploy.training.marks import Labelled, read_line

LINE = "complaint\tprice\t-\t0\t2\t{source}\tx-clerk\t{text}"


def labelled(text: str, source: str = "chat") -> list[tuple[str, Labelled]]:
    return [("x/01.tsv:1", read_line(LINE.format(source=source, text=text)))]


def test_a_field_is_right_when_span_and_value_are() -> None:
    right = score(compare(labelled("多收{250元|amount=250.0}，{11月3日|date=11-03}买的")))
    moved = score(compare(labelled("多收{了250元|amount=250}")))
    other = score(compare(labelled("多收{250元|amount=25}")))

    assert (right.right, right.extra, right.missed) == (2, 0, 0)
    assert (moved.f1, other.f1) == (0, 0)


def test_a_relative_day_counts_on_neither_side() -> None:
    counted = score(compare(labelled("{昨天|date}买的，今天坏了")))

    assert (counted.right, counted.extra, counted.missed, counted.f1) == (0, 0, 0, None)


def test_a_number_marked_with_its_label_is_that_number() -> None:
    assert score(compare(labelled("{订单号 A2026112201|order_no=A2026112201}"))).f1 == 1


def test_transcripts_stand_apart_and_intervals_hold_the_figure() -> None:
    differences = compare(labelled("付了{两百五|amount=250}", "call") + labelled("付了{30元|amount=30}"))

    shown = report(differences)
    one = score(differences)

    assert "clean: 1 texts" in shown
    assert "transcripts: 1 texts" in shown
    assert one.low is not None
    assert one.high is not None
    assert one.f1 is not None
    assert one.low <= one.f1 <= one.high


def test_an_error_is_told_with_its_place() -> None:
    [missed] = errors(compare(labelled("随便{什么|amount=5}")))

    assert missed.startswith("x/01.tsv:1 missed amount=5")
