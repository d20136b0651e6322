"""`intake tasks`: who takes a task has it, who ends it signs, and what was typed goes into the complaint."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from deploy.settings import load_settings
from infra.kafka import producer
from operations.reading import parse, read_all
from schemas.additions import Addition
from schemas.complaint import Complaint, Referral, Sender
from schemas.task_lines import TaskActReport, TaskLine, TasksReport
from schemas.topics import ADDITIONS, RECEIVED
from schemas.wire import headers
from tests.deploy.cli.running import Done, Intake, history, until
from tests.workers.pieces import complaint

on_system = pytest.mark.usefixtures("on_system")


def hand_in(*tasks: str, **fields: Any) -> Complaint:
    """Let a call arrive that a machine cannot deal with."""
    now = datetime.now(UTC)
    given: dict[str, Any] = {"channel": "phone", "account": "hotline", "entry": "call", "text": "", "tasks": tasks}
    one = complaint(str(uuid4()), **given | {"received_at": now, "ingested_at": now} | fields)

    async def write() -> None:
        settings = load_settings().kafka
        pairs = headers(RECEIVED, settings.naming, event_id=str(one.complaint_id), time=now, subject=one.complaint_id)
        async with producer(settings) as client:
            topic = settings.naming.topic(RECEIVED)
            await client.send_and_wait(topic, one.to_json(), str(one.complaint_id).encode(), headers=pairs)

    asyncio.run(write())
    return one


def listed(intake: Intake, of: Complaint, *options: str) -> dict[str, TaskLine]:
    """Kind → task of a complaint, as `list` has it."""
    report = TasksReport.model_validate_json(intake("tasks", "list", "--json", *options).out)
    return {task.kind: task for task in report.tasks if task.complaint_id == of.complaint_id}


def waiting(intake: Intake, of: Complaint, kind: str, *options: str) -> TaskLine:
    """The task once it is there."""
    return until(lambda: found if kind in (found := listed(intake, of, *options)) else {})[kind]


def acted(done: Done) -> TaskActReport:
    """What an act printed."""
    return TaskActReport.model_validate_json(done.out)


def additions(of: Complaint) -> list[Addition]:
    """What came later to a complaint."""

    async def read() -> list[Addition | None]:
        settings = load_settings().kafka
        return [parse(Addition, record) async for record in read_all(settings, {settings.naming.topic(ADDITIONS)})]

    return [one for one in asyncio.run(read()) if one is not None and one.complaint_id == of.complaint_id]


def routes(intake: Intake, of: Complaint) -> list[dict[str, Any]]:
    """What route decided about each revision, in order."""
    events = [event for event in history(intake, of.tracking_number) if event["what"] == "routed"]
    return [dict(event["record"]) for event in events]  # type: ignore[call-overload]


@pytest.mark.services
@on_system
def test_a_call_is_called_back_by_the_one_who_took_it_and_what_was_said_goes_into_the_complaint(
    intake: Intake, tmp_path: Path
) -> None:
    call = hand_in("call-back", sender=Sender(phones=("+8613812340001",)))
    words = tmp_path / "words.txt"
    words.write_text("顾客说牛奶过期了", encoding="utf-8")

    task = waiting(intake, call, "call-back")
    short = str(task.task_id)[:13]
    mine = intake("tasks", "claim", short, "--by", "Li", "--json")
    theirs = intake("tasks", "claim", short, "--by", "Wang", "--json")
    done = intake("tasks", "done", short, "--by", "Li", "--how", "phone", "--text-file", words, "--json")
    again = intake("tasks", "done", short, "--by", "Li", "--how", "phone", "--text-file", words, "--json")

    assert (mine.code, acted(mine).task.state, acted(mine).task.owner) == (0, "claimed", "Li")
    assert (theirs.code, acted(theirs).detail) == (1, "claimed by Li: to be released first")
    assert (done.code, acted(done).task.state, acted(done).task.done_by) == (0, "done", "Li")
    assert (again.code, acted(again).detail) == (1, "already done by Li")
    [typed] = additions(call)
    assert (typed.text, typed.by, typed.tasks_done) == ("顾客说牛奶过期了", "Li", ("call-back",))
    assert typed.addition_id == acted(done).addition_id
    assert "call-back" not in listed(intake, call)
    assert listed(intake, call, "--state", "done")["call-back"].how == "phone"


@pytest.mark.services
@on_system
def test_a_call_somebody_has_heard_goes_to_the_department_it_is_about(intake: Intake, tmp_path: Path) -> None:
    call = hand_in("listen-and-type", sender=Sender(phones=("+8613812340002",)))
    words = tmp_path / "words.txt"
    words.write_text("卫生间太脏了", encoding="utf-8")

    task = waiting(intake, call, "listen-and-type")
    done = intake(
        "tasks", "done", str(task.task_id), "--by", "Li", "--how", "headphones", "--text-file", words, "--json"
    )
    last = until(lambda: routed[-1] if len(routed := routes(intake, call)) > 1 else {})

    assert (done.code, acted(done).task.done_by) == (0, "Li")
    assert [one["department"] for one in routes(intake, call)] == ["customer-service", "facilities"]
    assert (last["kind"], last["withdrawn"]) == ("assignment.opened", "customer-service")
    talk = intake("show", "--json", call.tracking_number).json["conversation"]
    assert [turn["text"] for turn in talk if turn["what"] == "correction"] == ["卫生间太脏了"]
    assert [turn["by"] for turn in talk if turn["what"] == "task-done" and turn["by"]] == ["Li"]


@pytest.mark.services
@on_system
def test_whom_no_message_can_reach_is_told_by_a_person_and_show_says_who_how_and_when(intake: Intake) -> None:
    call = hand_in("call-back")
    told_at = datetime.now(UTC).isoformat(timespec="seconds")

    task = waiting(intake, call, "unacknowledged", "--due-within", "25h")
    released = intake("tasks", "release", str(task.task_id), "--by", "Li")
    done = intake("tasks", "done", str(task.task_id), "--by", "Li", "--how", "letter", "--when", told_at, "--json")

    assert released.code == 1
    assert done.code == 0
    assert acted(done).task.done_at == datetime.fromisoformat(told_at)
    assert "unacknowledged" not in listed(intake, call, "--due-within", "25h")
    events = [event for event in history(intake, call.tracking_number) if event["what"] == "task done"]
    assert ["Li" in str(event["summary"]) and "信函" in str(event["summary"]) for event in events] == [True]


@pytest.mark.services
@on_system
def test_the_task_of_a_sealed_report_is_seen_by_its_own_department_only(intake: Intake) -> None:
    report = hand_in(
        "platform-entry", channel="regulator_12315", text="举报", sealed=True, referral=Referral(number=uuid4().hex)
    )
    office = ("--department", "regulator-affairs")

    task = waiting(intake, report, "platform-entry", *office)
    identifier = str(task.task_id)
    act = ("tasks", "done", identifier, "--by", "Li", "--how", "platform", "--json")
    others, shown = listed(intake, report), intake("tasks", "show", identifier, *office)
    unseen, undated = intake(*act), intake(*act, *office)
    done = intake(*act, *office, "--when", datetime.now(UTC).isoformat())

    assert others == {}
    assert intake("tasks", "show", identifier).code == 2
    assert TaskLine.model_validate_json(shown.out) == task
    assert (unseen.code, undated.code, done.code) == (2, 2, 0)
    assert "--when" in undated.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list", "--due-within", "soon"), "30m, 4h or 2d"),
        (("done", "abcd", "--by", "Li"), "--how"),
        (("done", "abcd", "--by", "Li", "--how", " "), "--how"),
        (("done", "abcd", "--by", "Li", "--how", "phone " * 50), "--how"),
        (("done", "abcd", "--by", "Li", "--how", "called 13812340001"), "name nobody"),
        (("done", "abcd", "--by", "Li", "--how", "phone", "--note", "wu@customers.example"), "name nobody"),
        (("claim", "abcd"), "--by"),
        (("claim", "abcd", "--by", " "), "--by"),
        (("done", "abcd", "--by", "Li", "--how", "phone", "--when", "yesterday"), "is no time"),
        (("done", "abcd", "--by", "Li", "--how", "phone", "--when", "2026-11-01T10:00:00"), "time zone"),
        (
            ("done", "abcd", "--by", "Li", "--how", "phone", "--when", "2999-01-01T00:00:00Z"),
            "has not come yet",
        ),
        (("done", "abcd", "--by", "Li", "--how", "phone", "--text-file", "/nowhere"), "cannot be read"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else "",
)
@pytest.mark.usefixtures("nothing_runs")
def test_a_command_that_cannot_be_meant_says_what_is_wrong(
    intake: Intake, arguments: tuple[str, ...], said: str
) -> None:
    done = intake("tasks", *arguments)

    assert (done.code, done.out) == (2, "")
    assert said in " ".join(done.err.replace("│", " ").split())


@pytest.mark.parametrize("content", ["", " \n", "x" * 60_001])
@pytest.mark.usefixtures("nothing_runs")
def test_typed_words_are_neither_nothing_nor_without_end(intake: Intake, tmp_path: Path, content: str) -> None:
    file = tmp_path / "words.txt"
    file.write_text(content)

    assert intake("tasks", "done", "abcd", "--by", "Li", "--how", "phone", "--text-file", file).code == 2


@pytest.mark.parametrize("arguments", [("list",), ("claim", "abcd", "--by", "Li")])
@pytest.mark.usefixtures("nothing_runs")
def test_tasks_without_a_running_system_say_what_to_start(intake: Intake, arguments: tuple[str, ...]) -> None:
    done = intake("tasks", *arguments)

    assert (done.code, done.out) == (3, "")
    assert "intake run" in done.err
