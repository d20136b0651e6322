"""The queue of everything a person must do: who has it, how long there is, claim, release, done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from connectors.web.errors import InvalidFields
from gateway.staff.forms import local_time
from gateway.staff.problems import NotThere
from gateway.staff.render import CHINA
from gateway.staff.roles import May
from gateway.staff.visit import Visit, visit
from operations.pages.parts import operations_of
from operations.pages.render import pages_of
from operations.pages.working import (
    A_PAGE,
    Paged,
    asked,
    asking_kafka,
    engine_of,
    id_of,
    noted,
    page_of,
    reason_in,
    refused,
    show,
    told,
    wording_of,
)
from operations.queue import REVIEW, Asked, ToDo, departments_waiting, to_do, waiting_by_kind
from operations.tasking import Act, Seen, find_task, perform
from operations.tasking import refused as refusal
from schemas.base import storable
from schemas.complaint import MAX_TEXT_CHARS
from schemas.errors import Unreachable
from schemas.task import SIGNED, TASK_TITLES, WORDS_MAY_COME, TaskAct, TaskState

router = APIRouter(prefix="/ops/tasks", include_in_schema=False, default_response_class=HTMLResponse)
HOWS = ("phone", "sms", "email", "letter", "in-person", "platform", "other")
"""How a task may have been done; more is said in the note."""
_ACTS: Mapping[str, TaskAct] = {"claim": TaskAct.CLAIM, "release": TaskAct.RELEASE, "done": TaskAct.DONE}


@router.get("")
async def show_queue(request: Request) -> Response:
    """What waits, the earliest date first."""
    here = await visit(request, May.SEE_OPERATIONS)
    engine, page = engine_of(operations_of(request)), page_of(request)
    sealed, mine = here.account.may(May.SEE_SEALED), asked(request, "mine") is not None
    wanted = Asked(
        asked(request, "kind"), asked(request, "department"), here.account.name if mine else None, sealed=sealed
    )
    rows = await to_do(engine, wanted, (page - 1) * A_PAGE, A_PAGE + 1)
    counts = await waiting_by_kind(engine, Asked(sealed=sealed))
    return show(
        here,
        "tasks.html",
        listed=Paged(rows[:A_PAGE], page, len(rows) > A_PAGE),
        counts=counts,
        departments=await departments_waiting(engine, sealed=sealed),
        asked=wanted,
        mine=mine,
        now=here.parts.now(),
        title=lambda kind: title_of(here, kind),
        link=_link,
    )


@router.get("/{task}")
async def show_task(request: Request, task: str) -> Response:
    """One task, and what may be done with it."""
    here = await visit(request, May.SEE_OPERATIONS)
    return _page(here, await _seen(here, task), {})


@router.post("/{task}/{act}")
async def act_on(request: Request, task: str, act: str) -> Response:
    """Claim, release or end one. Who comes second reads who has it."""
    here = await visit(request, May.DO_TASKS)
    if act not in _ACTS:
        raise NotThere("no such act")
    async with here.sent() as typed:
        fields = typed.fields
    seen = await _seen(here, task)
    what, wrong = _act(here, seen, _ACTS[act], fields)
    if wrong is not None:
        return _page(here, seen, fields, wrong, 422)
    return await _perform(here, seen, what)


def title_of(here: Visit, kind: str) -> str:
    """What staff calls a kind of task."""
    pages = pages_of(here)
    if f"tasks.kind.{kind}" in pages.words():
        return pages.text(f"tasks.kind.{kind}")
    titles = TASK_TITLES.get(kind, {})
    return titles.get("en" if pages.lang == "en" else "zh-Hans", kind)


def _link(one: ToDo) -> str:
    return f"/ops/review/{one.item}" if one.kind == REVIEW else f"{router.prefix}/{one.item}"


async def _seen(here: Visit, task: str) -> Seen:
    """The task as it is; one of a sealed complaint does not exist for others."""
    found = await find_task(engine_of(operations_of(here.request)), id_of(task), here.parts.now())
    if found is None or (found.sealed and not here.account.may(May.SEE_SEALED)):
        raise NotThere("no such task")
    return found


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What is wrong with a form: its field and the text that says so."""

    name: str
    key: str


def _act(here: Visit, seen: Seen, kind: TaskAct, fields: Mapping[str, str]) -> tuple[Act, _Wrong | None]:
    by = here.account.name
    if kind is not TaskAct.DONE:
        return Act(kind, by), None
    how, words = fields.get("how", ""), storable(fields.get("words", "").strip())
    note, wrong_note = reason_in(fields, "note", must=False)
    try:
        when = local_time(fields, "when", not_after=here.parts.now())
    except InvalidFields:
        return Act(kind, by), _Wrong("when", "tasks.wrong.when")
    if when is not None and when > datetime.now(UTC):
        when = datetime.now(UTC)
    act = Act(kind, by, how, when, note, words or None)
    checks = (
        (how not in HOWS, _Wrong("how", "tasks.wrong.how")),
        (wrong_note is not None, _Wrong("note", wrong_note or "")),
        (seen.line.kind in SIGNED and when is None, _Wrong("when", "tasks.wrong.signed")),
        (bool(words) and seen.line.kind not in WORDS_MAY_COME, _Wrong("words", "tasks.wrong.words")),
        (len(words) > MAX_TEXT_CHARS, _Wrong("words", "tasks.wrong.long")),
    )
    return act, next((wrong for is_wrong, wrong in checks if is_wrong), None)


async def _perform(here: Visit, seen: Seen, act: Act) -> Response:
    parts, task = operations_of(here.request), seen.line
    back = f"{router.prefix}/{task.task_id}"
    if refusal(seen, act) is not None:
        return _told_who(here, seen, back)
    await noted(here, act.kind.value, [task.task_id, task.complaint_id])
    try:
        with asking_kafka(parts):
            applied, detail, _ = await perform(parts.settings.kafka, engine_of(parts), seen, act)
    except Unreachable as error:
        return refused(here, back, error)
    if applied:
        return told(here, router.prefix, f"tasks.did.{act.kind.value.partition('.')[2]}")
    now = await _seen(here, str(task.task_id))
    if refusal(now, act) is not None:
        return _told_who(here, now, back)
    return told(here, back, "desk.refused", done=False, detail=wording_of(here).said(detail))


def _told_who(here: Visit, seen: Seen, back: str) -> Response:
    """Why nothing was done: somebody else was first."""
    task = seen.line
    if task.state == TaskState.DONE:
        return told(here, back, "tasks.already", done=False, detail=task.done_by or task.how or "")
    if task.owner is None:
        return told(here, back, "tasks.nobody", done=False)
    return told(here, back, "tasks.taken", done=False, detail=task.owner)


def _page(
    here: Visit, seen: Seen, fields: Mapping[str, str], wrong: _Wrong | None = None, status: int = 200
) -> Response:
    task = seen.line
    return show(
        here,
        "task.html",
        status,
        task=task,
        sealed=seen.sealed,
        title=title_of(here, task.kind),
        now=here.parts.now(),
        now_local=here.parts.now().astimezone(CHINA).strftime("%Y-%m-%dT%H:%M"),
        typed=dict.fromkeys(("how", "when", "note", "words"), "") | dict(fields),
        wrong=wrong,
        hows=HOWS,
        words_may_come=task.kind in WORDS_MAY_COME,
        signed=task.kind in SIGNED,
        is_mine=task.owner == here.account.name,
    )
