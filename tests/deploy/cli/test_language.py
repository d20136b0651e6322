"""What clerks read is in the language they asked for, and in no other: names, states, columns, reasons, notes."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from deploy.cli import folding, lag, sla, stages, tasks
from deploy.cli.review import acting, learning, looking
from operations.lag.once import Seen
from operations.lag.rows import RowState
from operations.saying import Said
from operations.vocabulary import NAMES, in_chinese, in_one
from operations.wording import Wording
from schemas.commands import LagRow, PersonRow, Resolution, SlaReport, SlaRow
from schemas.policy import load_pack
from schemas.review import REASON_TITLES, Drawn, Label, ReviewOutcome, ReviewState
from schemas.review_lines import (
    AccuracyLine,
    DriftLine,
    DriftReport,
    OverrideLine,
    ReviewActReport,
    ReviewLine,
    ReviewShown,
    SampleReport,
)
from schemas.task import TaskKind, TaskState
from schemas.task_lines import TaskActReport, TaskLine

AT = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
ZH, EN = Wording(load_pack(), "zh"), Wording(load_pack(), "en")
HAN = re.compile(r"[\u3400-\u9fff]")
ENGLISH = re.compile(r"(?<![\w-])[a-z][a-z-]+(?![\w-])")
NUMBER = "7K3Q-AAAA-BBBB-C"


def only(said: str, say: Wording) -> bool:
    """Whether the words are those of one language; commands and numbers are of none."""
    plain = re.sub(r"`[^`]*`|Kafka", "", said)
    return not (ENGLISH.search(plain) if say is ZH else HAN.search(plain))


@pytest.mark.parametrize("say", [ZH, EN], ids=["zh", "en"])
@pytest.mark.parametrize("kind", TaskKind)
def test_a_task_is_listed_in_one_language_and_in_the_time_of_the_pack(kind: TaskKind, say: Wording) -> None:
    task = TaskLine(
        task_id=UUID(int=1), kind=kind, state=TaskState.OPEN, complaint_id=UUID(int=2), case_id=UUID(int=3),
        tracking_number=NUMBER, channel="phone", department="customer-service", opened_at=AT, due_at=AT, overdue=True,
    )  # fmt: skip

    row = tasks._row(task, say)

    assert only(" ".join(row[1:]), say)
    assert "2026-11-22 12:30:00" in row[6]


@pytest.mark.parametrize("say", [ZH, EN], ids=["zh", "en"])
def test_the_time_left_is_listed_in_one_language(say: Wording, capsys: pytest.CaptureFixture[str]) -> None:
    basis = {"complaint_id": UUID(int=1), "tracking_number": NUMBER, "received_at": AT, "due_at": AT, "left_s": 60.0}
    waits = (
        "the sender (retry)",
        "the sender",
        "the pipeline, at hour 20 the sweeper",
        "the sweeper: it could not be read",
    )
    why = ("no address was left", "loop guard: 3 messages about one case in 60 minutes", "bounced")
    report = SlaReport(
        at=AT, counts=dict.fromkeys(sla._TITLES, 0), open=1, not_counted=None, acknowledged_late=2, for_people=1,
        alarms=2, alarms_overdue=1,
        complaints=tuple(SlaRow(channel="web", left="under_1_h", waiting_for=one, **basis) for one in waits),
        people=tuple(
            PersonRow(channel="email", outcome="by-person", reason=one, settled_at=AT, **basis) for one in why
        ),
    )  # fmt: skip

    sla._show(report, True, say)

    printed = capsys.readouterr()
    assert only(printed.out + printed.err, say)
    assert "2026-11-22 12:30:00" in printed.out


@pytest.mark.parametrize("say", [ZH, EN], ids=["zh", "en"])
@pytest.mark.parametrize("drawn", Drawn)
def test_a_review_is_listed_in_one_language(drawn: Drawn, say: Wording) -> None:
    reasons = (*REASON_TITLES,)
    review = ReviewLine(
        complaint_id=UUID(int=1), case_id=UUID(int=2), tracking_number=NUMBER, channel="wechat", received_at=AT,
        revision=1, state=ReviewState.OPEN, drawn_by=drawn, reasons=reasons, p=0.5,
        machine=Label(kind="legal_notice", primary="after_sales"),
    )  # fmt: skip

    assert only(" ".join(looking._row(review, say)), say)
    told = [*looking._head(review, say), *looking._opinions(ReviewShown(review=review, masked=True, hint=""), say)]
    assert only(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", "; ".join(told)), say)


@pytest.mark.parametrize("say", [ZH, EN], ids=["zh", "en"])
def test_a_stopped_stage_is_listed_in_one_language(say: Wording) -> None:
    stop: Any = SimpleNamespace(reason="flood", failed=20, seen=25, since=AT)

    told = f"{stages._state(None, say)}; {stages._state(stop, say)}".replace("STOPPED", "")

    assert only(told, say)
    assert "2026-11-22 12:30:00" in told


@pytest.mark.parametrize("say", [ZH, EN], ids=["zh", "en"])
@pytest.mark.parametrize(
    "detail",
    [
        "claimed",
        "released",
        "done",
        "already done by 李",
        "claimed by 李: to be released first",
        "claimed by 李",
        "nobody has claimed it",
        "it says that it was done later than now",
        "confirmed",
        "already confirmed by 李: `intake review correct` says something else",
        "nobody has to look at it: confirm or correct it as it is",
        "a newer revision has come: look at it again",
        "that is what 李 said",
        "that is what the machine says: `intake review confirm`",
        "revision 2",
        "said before",
    ],
)
def test_what_became_of_an_act_is_told_in_one_language(detail: str, say: Wording) -> None:
    review = ReviewLine(
        complaint_id=UUID(int=1), case_id=UUID(int=2), tracking_number=NUMBER, channel="wechat", received_at=AT,
        revision=1, state=ReviewState.CLAIMED,
    )  # fmt: skip
    report = ReviewActReport(action="confirm", by="李", done=True, detail=detail, review=review)

    assert only(acting._acted(report, say).replace("李", "Li"), say)
    assert ("李" in say.said(detail)) == ("李" in detail)


@pytest.mark.parametrize("say", [ZH, EN], ids=["zh", "en"])
def test_an_act_on_a_task_says_each_thing_once_and_in_one_language(say: Wording) -> None:
    task = TaskLine(
        task_id=UUID(int=1), kind="call-back", state=TaskState.CLAIMED, complaint_id=UUID(int=2), case_id=UUID(int=3),
        tracking_number=NUMBER, channel="phone", department="customer-service", opened_at=AT, due_at=AT, overdue=False,
    )  # fmt: skip

    told = tasks._acted(TaskActReport(action="claim", by="Li", done=True, detail="claimed", task=task), say)

    assert only(told, say)
    assert told.count(say.called("claimed")) == 1


@pytest.mark.parametrize("say", [ZH, EN], ids=["zh", "en"])
def test_a_sample_and_the_drift_are_told_in_one_language(say: Wording, capsys: pytest.CaptureFixture[str]) -> None:
    review = ReviewLine(
        complaint_id=UUID(int=1), case_id=UUID(int=2), tracking_number=NUMBER, channel="wechat", received_at=AT,
        revision=1, state=ReviewState.DONE, part=Drawn.RANDOM, outcome=ReviewOutcome.CORRECTED,
    )  # fmt: skip
    counts = dict.fromkeys(Drawn, 1)
    measures = tuple(
        DriftLine(channel="email", measure=one, n=9, n_before=8, psi=0.3, mean=0.5, mean_before=0.4, alarm=True)
        for one in learning._MEASURES
    )
    override = OverrideLine(channel="phone", n=9, corrected=3, rate=0.3, alarm=True)
    nobody = AccuracyLine(channel="*", n=0, right=0, accuracy=None, low=None, high=None)
    some = AccuracyLine(channel="web", n=9, right=8, accuracy=0.9, low=0.5, high=0.99)

    for drawn in (True, False):
        sample = SampleReport(week="2026-W47", drawn=drawn, population=3, counts=counts, reviews=(review,))
        learning._tell_sample(sample, say)
    report = DriftReport(
        at=AT, window_days=7, reference_days=28, measures=measures, overrides=(override,), accuracy=(nobody, some),
        alarms=7,
    )  # fmt: skip
    learning._tell_drift(report, say)

    printed = re.sub(r"PSI|ALARM", "", capsys.readouterr().out)
    assert [line for line in printed.splitlines() if not only(line, say)] == []


def test_columns_are_those_of_the_rows() -> None:
    assert [len(tasks._HEADINGS_ZH), len(looking._HEADINGS_ZH)] == [len(tasks._HEADINGS_EN), len(looking._HEADINGS_EN)]
    assert all(HAN.search(heading) for heading in (*tasks._HEADINGS_ZH, *looking._HEADINGS_ZH))


def test_every_name_is_there_in_both_languages() -> None:
    assert [code for code, (zh, en) in NAMES.items() if not HAN.search(zh) or HAN.search(en)] == []
    assert in_chinese("something new") == "something new"


@pytest.mark.parametrize(
    ("both", "zh", "en"),
    [
        ("起始分 / Before anything is known", "起始分", "Before anything is known"),
        ("A revision / 更新", "更新", "A revision"),
        ("只有中文", "只有中文", ""),
        ("3 / 4", "3 / 4", "3 / 4"),
    ],
)
def test_of_a_sentence_in_both_languages_one_half_is_shown(both: str, zh: str, en: str) -> None:
    assert (in_one(both, "zh"), in_one(both, "en")) == (zh, en)


def test_roles_clocks_and_levels_are_called_as_the_pack_says() -> None:
    pack = load_pack()

    assert all(HAN.search(ZH.clock(rule.clock)) for rule in pack.clocks)
    assert all(HAN.search(ZH.level(rule.level)) and not HAN.search(EN.level(rule.level)) for rule in pack.escalation)
    assert all(HAN.search(ZH.role(role)) for rule in pack.escalation for role in rule.informed)


@pytest.mark.parametrize("say", [ZH, EN], ids=["zh", "en"])
@pytest.mark.parametrize("state", RowState)
def test_lag_is_listed_in_one_language_and_a_state_keeps_the_word_of_the_contract(
    state: RowState, say: Wording
) -> None:
    row = LagRow(
        kind="stage", name="route", group="g", topic="t", waiting=1200, exact=False, oldest_waiting_s=3700.0, deleted=3,
        out_per_s=0.2, state=state.value, why="nothing waits",
    )  # fmt: skip

    cells = lag._cells(Seen(row, Said("没有积压", "nothing waits")), say)

    assert state.value in cells[2] or (state, say) == (RowState.OK, ZH)
    assert only(" ".join([cells[0], *cells[3:9], cells[-1]]), say)
    assert cells[3].startswith("≤ 1,200")


@pytest.mark.parametrize("say", [ZH, EN], ids=["zh", "en"])
@pytest.mark.parametrize(
    "detail",
    [
        "today's reader cannot read it either",
        "would become a complaint",
        "its raw delivery was not kept",
        "already replayed by li",
    ],
)
def test_what_became_of_an_item_is_told_in_one_language(detail: str, say: Wording) -> None:
    done = Resolution(id=UUID(int=1), action="replay", done=False, detail=detail)

    assert only(" ".join(folding._row(done, say)[1:]).replace("li", ""), say)
    assert all(only(folding.state(code, say), say) for code in ("open", "replayed", "discarded"))
