"""`intake tasks`: what a machine cannot do; look, take one, do it and sign."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from deploy.cli.database import database
from deploy.cli.exits import FINDING
from deploy.cli.folding import choose
from deploy.cli.guard import run
from deploy.cli.language import InLanguage, Language, wording
from deploy.cli.output import AsJson, put, put_json, put_table
from deploy.settings import load_settings
from operations.reading import require_kafka
from operations.tasking import Act, Seen, look_again, perform, refused, tasks_of
from operations.wording import Wording
from schemas.base import storable
from schemas.complaint import MAX_TEXT_CHARS
from schemas.masking import find_personal
from schemas.settings import Settings
from schemas.task import SIGNED, TASK_TITLES, WORDS_MAY_COME, TaskAct, TaskState
from schemas.task_lines import TaskActReport, TaskLine, TasksReport

app = typer.Typer(name="tasks", help="What people must do.", no_args_is_help=True, rich_markup_mode=None)

Id = Annotated[str, typer.Argument(metavar="ID", help="Id, its first characters (at least 4), or the tracking number")]
Signed = Annotated[str, typer.Option("--by", help="Who signs.")]
Department = Annotated[
    str | None, typer.Option(help="Only of this department; tasks of sealed reports are shown to their own only")
]
_HEADINGS_ZH = ("编号", "要做的事", "状态", "受理编号", "渠道", "部门", "截止时间", "经办人")
_HEADINGS_EN = ("id", "what to do", "state", "number", "channel", "department", "due", "owner")
_LONGEST_HOW = 200
_SPAN = re.compile(r"(\d{1,6})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


@app.command("list")
def list_tasks(
    kind: Annotated[str | None, typer.Option(help="Only of this kind")] = None,
    state: Annotated[str | None, typer.Option(help="open, claimed, done; default: all that are not done")] = None,
    department: Department = None,
    due_within: Annotated[str | None, typer.Option(help="Due so soon or overdue: 30m, 4h, 2d")] = None,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """List what is to be done, the earliest date first. Done ones with --state done."""
    settings, now = load_settings(), datetime.now(UTC)
    until = now + _span(due_within) if due_within else None
    shown = [
        one.line
        for one in run(_tasks(settings, now, department))
        if kind in {None, one.line.kind}
        and (one.line.state == state if state else one.line.state != TaskState.DONE)
        and (until is None or one.line.due_at <= until)
    ]
    if as_json:
        put_json(TasksReport(at=now, tasks=tuple(shown)))
        return
    say = wording(settings, lang)
    put_table(
        say.pick(_HEADINGS_ZH, _HEADINGS_EN),
        (_row(one, say) for one in shown),
        caption=None if shown else say.pick("没有待办任务", "nothing is to be done"),
    )


@app.command()
def show(identifier: Id, department: Department = None) -> None:
    """Print one task as JSON."""
    now = datetime.now(UTC)
    put_json(_one(identifier, run(_tasks(load_settings(), now, department))).line)


@app.command()
def claim(
    identifier: Id,
    by: Signed,
    department: Department = None,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """Take a task: nobody else can end it. Exit 1 when somebody else has it."""
    _act(identifier, Act(TaskAct.CLAIM, _name(by)), department, lang, as_json)


@app.command()
def release(
    identifier: Id,
    by: Signed,
    department: Department = None,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """Give a task back, one's own or that of somebody who is away."""
    _act(identifier, Act(TaskAct.RELEASE, _name(by)), department, lang, as_json)


@app.command()
def done(
    identifier: Id,
    by: Signed,
    how: Annotated[str, typer.Option(help="phone, letter, in-person, platform …; write nothing personal")],
    when: Annotated[str | None, typer.Option(help="When it happened, RFC 3339; default: now")] = None,
    note: Annotated[str, typer.Option(help="Kept with it; write nothing personal")] = "",
    text_file: Annotated[
        Path | None, typer.Option(help="What was heard, typed (UTF-8): it becomes part of the complaint")
    ] = None,
    department: Department = None,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """Say that a task is done, who did it, how and when.

    An answer to an authority needs --when. Exit 1 when it is done already or somebody else has it.
    """
    if not how.strip() or len(how.strip()) > _LONGEST_HOW:
        raise typer.BadParameter(f"--how must say how it was done, in at most {_LONGEST_HOW} characters")
    if find_personal(how) or find_personal(note):
        raise typer.BadParameter("--how and --note may name nobody: no number, address or name of a customer")
    words = _words(text_file) if text_file else None
    act = Act(TaskAct.DONE, _name(by), how.strip(), _moment(when) if when else None, note.strip(), words)
    _act(identifier, act, department, lang, as_json)


def _act(identifier: str, act: Act, department: str | None, lang: Language, as_json: bool) -> None:
    settings = load_settings()
    report = run(_perform(settings, identifier, act, department))
    if as_json:
        put_json(report)
    else:
        put(_acted(report, wording(settings, lang)))
    if not report.done:
        raise typer.Exit(FINDING)


def _acted(report: TaskActReport, say: Wording) -> str:
    task = report.task
    return "  ".join(
        dict.fromkeys((str(task.task_id), _title(task, say), say.called(task.state), say.said(report.detail)))
    )


async def _perform(settings: Settings, identifier: str, act: Act, department: str | None) -> TaskActReport:
    require_kafka(settings.kafka)
    now = datetime.now(UTC)
    async with database(settings) as engine:
        seen = _one(identifier, await tasks_of(engine, now, department))
        _check(seen.line, act)
        why = refused(seen, act)
        if why is not None:
            return _report(seen, act, False, why)
        applied, detail, addition = await perform(settings.kafka, engine, seen, act)
        after = await look_again(engine, seen.line.task_id, datetime.now(UTC))
    report = _report(after, act, applied, detail)
    return report.model_copy(update={"addition_id": addition})


def _report(seen: Seen, act: Act, done: bool, detail: str) -> TaskActReport:
    action: Literal["claim", "release", "done"] = _ACTIONS[act.kind]
    return TaskActReport(action=action, by=act.by, done=done, detail=detail, task=seen.line)


_ACTIONS: dict[TaskAct, Literal["claim", "release", "done"]] = {
    TaskAct.CLAIM: "claim",
    TaskAct.RELEASE: "release",
    TaskAct.DONE: "done",
}


def _check(task: TaskLine, act: Act) -> None:
    if act.kind is TaskAct.DONE and task.kind in SIGNED and act.when is None:
        raise typer.BadParameter("an answer to an authority needs --when: the time it was entered there")
    if act.words is not None and task.kind not in WORDS_MAY_COME:
        raise typer.BadParameter(f"a task {task.kind} brings no words: --text-file is for {', '.join(WORDS_MAY_COME)}")


async def _tasks(settings: Settings, now: datetime, department: str | None) -> list[Seen]:
    async with database(settings) as engine:
        return await tasks_of(engine, now, department)


def _one(identifier: str, seen: list[Seen]) -> Seen:
    [line] = choose([identifier], [one.line for one in seen], lambda one: (str(one.task_id), one.tracking_number))
    return next(one for one in seen if one.line.task_id == line.task_id)


def _title(task: TaskLine, say: Wording) -> str:
    titles = TASK_TITLES.get(task.kind, {})
    return say.pick(titles.get("zh-Hans", task.kind), titles.get("en", task.kind))


def _row(task: TaskLine, say: Wording) -> tuple[str, ...]:
    late = say.pick("  已超时", "  OVERDUE") if task.overdue else ""
    return (
        str(task.task_id), _title(task, say), say.called(task.state), task.tracking_number,
        say.called(task.channel), say.department(task.department),
        say.moment(task.due_at) + late, task.owner or "",
    )  # fmt: skip


def _name(by: str) -> str:
    if not by.strip():
        raise typer.BadParameter("--by must name who signs")
    return by.strip()


def _span(text: str) -> timedelta:
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise typer.BadParameter(f"{text} is no time span: write 30m, 4h or 2d")
    return int(found[1]) * _UNITS[found[2]]


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text} is no time: write it as 2026-11-22T09:30:00+08:00") from error
    if moment.tzinfo is None:
        raise typer.BadParameter(f"{text} names no time zone: write it as {text}+08:00")
    if moment > datetime.now(UTC):
        raise typer.BadParameter(f"{text} has not come yet")
    return moment


def _words(file: Path) -> str:
    try:
        text = storable(file.read_text(encoding="utf-8-sig").strip())
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read") from error
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"{file} is not UTF-8") from error
    if not text:
        raise typer.BadParameter(f"{file} is empty: leave --text-file out when nobody said a word")
    if len(text) > MAX_TEXT_CHARS:
        raise typer.BadParameter(f"{file} has more than {MAX_TEXT_CHARS} characters")
    return text
