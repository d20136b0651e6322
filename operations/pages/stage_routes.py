"""The stages: what each does, which of them stopped for a person, and letting it go on with a reason."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from gateway.staff.problems import NotThere
from gateway.staff.roles import May
from gateway.staff.visit import visit
from operations.meanings import meanings
from operations.pages.parts import operations_of
from operations.pages.working import engine_of, noted, reason_in, show, told, wording_of
from operations.stages import open_stops
from operations.stopping import FLOOD, POSTING, why_stopped
from workers.runtime import stops

router = APIRouter(prefix="/ops/stages", include_in_schema=False, default_response_class=HTMLResponse)


@router.get("")
async def show_list(request: Request) -> Response:
    """Every stage, the stopped ones first."""
    here = await visit(request, May.SEE_OPERATIONS)
    parts = operations_of(request)
    naming, stopped = parts.settings.kafka.naming, await open_stops(engine_of(parts))
    known, lang = meanings(parts.settings, parts.pack), wording_of(here).lang
    rows = [(name, said.in_language(lang), stopped.get(naming.group(name))) for name, said in known.items()]
    why = {group: why_stopped(one.reason, one.failed, one.seen).in_language(lang) for group, one in stopped.items()}
    return show(here, "stages.html", rows=sorted(rows, key=lambda row: row[2] is None), why=why, step=_step)


@router.post("/{stage}/resume")
async def resume(request: Request, stage: str) -> Response:
    """Let one go on. Pressed twice, the second is told that it is not stopped."""
    here = await visit(request, May.RESUME)
    async with here.sent() as typed:
        reason, wrong = reason_in(typed.fields)
    parts = operations_of(request)
    if stage not in meanings(parts.settings, parts.pack):
        raise NotThere("no such stage")
    if wrong is not None:
        return told(here, router.prefix, wrong, done=False, status=422)
    engine, group = engine_of(parts), parts.settings.kafka.naming.group(stage)
    await noted(here, "stage.resume", [stage], reason)
    done = await stops.resume(engine, group, by=here.account.name, why=reason)
    return told(here, router.prefix, "stages.resumed" if done else "stages.not_stopped", done=done, detail=stage)


def _step(reason: str) -> str:
    """The key of what to do first."""
    if reason == FLOOD:
        return "stages.next.flood"
    return "stages.next.posting" if reason in POSTING else "stages.next.offsets"
