"""The board: one row for everything that can be behind."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from gateway.staff.roles import May
from gateway.staff.visit import visit
from operations.pages.render import pages_of

router = APIRouter(prefix="/ops", include_in_schema=False, default_response_class=HTMLResponse)


@router.get("")
async def show(request: Request) -> Response:
    """The board, which then keeps itself fresh."""
    here = await visit(request, May.SEE_OPERATIONS)
    return pages_of(here).page("ops.html")
