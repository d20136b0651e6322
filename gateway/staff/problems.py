"""What can stand between a member of staff and a page; each has its answer."""

from typing import cast
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from gateway.parts import parts_of
from gateway.staff.render import StaffPages
from schemas.errors import IntakeError

SIGN_IN = "/staff/sign-in"


class StaffProblem(IntakeError):
    """Answered with a page that says `text`."""

    text = "problem.nothing"


class NoDatabase(StaffProblem):
    """No database, or it does not answer: receiving goes on, the staff pages wait."""

    http_status = 503
    text = "problem.database"


class SignInFirst(StaffProblem):
    """Nobody is signed in: to the sign-in page and back."""

    http_status = 401


class NotAllowed(StaffProblem):
    """The account's roles, stores or regions do not cover it."""

    http_status = 403
    text = "problem.not_allowed"


class Forged(StaffProblem):
    """The form was not opened in this session."""

    http_status = 403
    text = "problem.forged"


class NotThere(StaffProblem):
    """No such record."""

    http_status = 404
    text = "problem.nothing"


async def staff_problem(request: Request, error: Exception) -> Response:
    """Answer a problem: a page, or the way to the sign-in page."""
    found = cast(StaffProblem, error)
    if isinstance(found, SignInFirst):
        url = request.url
        asked = f"{url.path}?{url.query}" if url.query else url.path
        target = f"{SIGN_IN}?next={quote(asked, safe='')}" if request.method == "GET" else SIGN_IN
        return RedirectResponse(target, 303, headers={"Cache-Control": "no-store"})
    headers = {"Retry-After": "5"} if found.http_status == 503 else {}
    pages = StaffPages(parts_of(request), request)
    return pages.page("problem.html", found.http_status, headers, notice=pages.text(found.text))
