"""The board: everything that can be behind, what is wrong, the promise clock; live in every open browser."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from gateway.staff.problems import NotThere
from gateway.staff.roles import May
from gateway.staff.visit import visit
from operations.lag.rows import Point
from operations.pages.board import ledger
from operations.pages.board.live import changes
from operations.pages.board.pieces import KINDS, Renderer
from operations.pages.board.promises import listed_view
from operations.pages.board.rows import parts_of_row, points_of, stage_rows, view_of
from operations.pages.parts import operations_of
from operations.pages.render import pages_of
from operations.promises.board import BANDS
from operations.saying import Lang
from operations.wording import Wording

router = APIRouter(prefix="/ops", include_in_schema=False, default_response_class=HTMLResponse)
_MOST = 500
_STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def renderer_of(request: Request) -> Renderer:
    """The one renderer of this application."""
    state = request.app.state
    if not hasattr(state, "board_renderer"):
        state.board_renderer = Renderer(operations_of(request))
    renderer: Renderer = state.board_renderer
    return renderer


@router.get("")
async def show(request: Request) -> Response:
    """The board, which then keeps itself fresh."""
    here = await visit(request, May.SEE_OPERATIONS)
    pages = pages_of(here)
    return pages.page("ops.html", kinds=KINDS, pieces=renderer_of(request).pieces(pages.lang).sections.values())


@router.get("/events")
async def events(request: Request) -> Response:
    """What changes on the board, as server-sent events."""
    here = await visit(request, May.SEE_OPERATIONS)
    lag = operations_of(request).lag
    if lag is None:
        return Response(status_code=204, headers=_STREAM)  # tells the browser not to ask again
    return StreamingResponse(
        changes(lag, renderer_of(request), pages_of(here).lang), media_type="text/event-stream", headers=_STREAM
    )


@router.get("/rows")
async def row(request: Request, key: str) -> Response:
    """One row with its last 24 hours."""
    here = await visit(request, May.SEE_OPERATIONS)
    lag, pages = operations_of(request).lag, pages_of(here)
    board = lag.board if lag is not None else None
    found = parts_of_row(board, key) if board is not None else []
    if lag is None or board is None or not found:
        raise NotThere("no such row")
    lang = "en" if pages.lang == "en" else "zh"
    topics = [view_of(one, lag.history(one.key), board.at, lang) for one in found]
    [shown] = stage_rows(found) if len(found) > 1 else found
    view = view_of(shown, points_of(board, key, lag.history), board.at, lang)
    return pages.page("row.html", row=view, topics=topics if len(topics) > 1 else [])


@router.get("/ledger")
async def ledger_hours(request: Request) -> Response:
    """The ledger hour by hour."""
    here = await visit(request, May.SEE_OPERATIONS)
    parts, pages = operations_of(request), pages_of(here)
    hours = parts.watch.last.hours if parts.watch is not None else None
    told = Wording(parts.pack, "en" if pages.lang == "en" else "zh")
    lines = ledger.by_hour(hours.hours, told) if hours is not None else ()
    return pages.page("ledger.html", lines=lines, columns=ledger.COLUMNS, hourly=True)


@router.get("/promises")
async def promises(request: Request, clock: str, band: str) -> Response:
    """The complaints behind a number of the promise clock, the most urgent first."""
    here = await visit(request, May.SEE_OPERATIONS)
    parts, pages = operations_of(request), pages_of(here)
    look = parts.watch.last.promises if parts.watch is not None else None
    found = next((one for one in look.clocks if one.clock == clock), None) if look is not None else None
    if parts.watch is None or look is None or found is None or band not in BANDS:
        raise NotThere("no such clock")
    lang: Lang = "en" if pages.lang == "en" else "zh"
    listed = [
        listed_view(one, look.at, Wording(parts.pack, lang), lang)
        for one in await parts.watch.listed(clock, band, _MOST)
    ]
    return pages.page("promises.html", title=found.title.in_language(lang), band=band, listed=listed, most=_MOST)


@router.get("/points")
async def points(request: Request, key: str) -> Response:
    """A row's last 24 hours as columns: times (s), waiting, oldest (s), in and out a second."""
    await visit(request, May.SEE_OPERATIONS)
    lag = operations_of(request).lag
    board = lag.board if lag is not None else None
    found = points_of(board, key, lag.history) if lag is not None and board is not None else ()
    return JSONResponse(_columns(found), headers={"Cache-Control": "no-store"})


def _columns(found: Sequence[Point]) -> list[list[float | None]]:
    return [
        [one.at.timestamp() for one in found],
        [one.waiting for one in found],
        [one.oldest_s for one in found],
        [one.in_per_s for one in found],
        [one.out_per_s for one in found],
    ]
