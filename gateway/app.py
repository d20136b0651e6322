"""The gateway's HTTP application: API, public pages, status, one way to answer errors."""

import re
from collections.abc import Callable, Container, Iterable
from functools import cache
from pathlib import Path
from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from connectors.web.errors import FieldError, InvalidFields
from gateway import api, hooks, status_api, status_routes
from gateway.drafts import routes as drafts
from gateway.openapi import document
from gateway.pages import routes as pages
from gateway.pages.render import Pages
from gateway.pages.texts import chosen
from gateway.parts import GatewayParts, parts_of
from gateway.problems import problem, status_problem
from gateway.qr import routes as qr
from gateway.shell import Shell
from gateway.staff import (
    authority_routes,
    entry_routes,
    password_routes,
    provider_routes,
    record_routes,
    report_routes,
    sign_in_routes,
)
from gateway.staff.problems import StaffProblem, staff_problem
from gateway.track import ROUTERS as TRACK_ROUTERS
from schemas.errors import IntakeError, TooMany

Extension = Callable[[FastAPI], None]
"""Adds routes, static files and state of its own to the application; what it mounts comes before our own files."""
_API = "/api/"
"""Below it only programs call."""
_TYPED_WITH_SLASH = re.compile(r"/(?!/|api/).*/")
"""An address as people type it. The framework would send them to a full address on the host that they named."""
STATIC = Path(__file__).parent / "pages" / "static"
STAFF_STATIC = Path(__file__).parent / "staff" / "static"


def create_app(parts: GatewayParts, others: Iterable[Extension] = ()) -> Shell:
    """Build the ASGI application around `parts`, which outlive it; `others` add pages of theirs."""
    app = FastAPI(title="Complaint intake", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.parts = parts
    app.add_route(api.PATH, api.post_complaint, ["POST"])
    for path in hooks.PATHS:
        app.add_route(path, hooks.deliver, ["POST"])
        app.add_route(path, hooks.challenge, ["GET"])
    app.include_router(drafts.router)
    app.include_router(pages.router, tags=["public"])
    for router in TRACK_ROUTERS:
        app.include_router(router, tags=["public"])
    app.include_router(status_routes.router, tags=["operations"])
    app.include_router(status_api.router)
    for staff_pages in (
        sign_in_routes,
        provider_routes,
        password_routes,
        entry_routes,
        authority_routes,
        record_routes,
        report_routes,
        qr,
    ):
        app.include_router(staff_pages.router)
    for other in others:
        other(app)
    app.mount("/static/staff", StaticFiles(directory=STAFF_STATIC), name="staff-static")
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(StaffProblem, staff_problem)
    app.add_exception_handler(IntakeError, _problem)
    app.add_exception_handler(HTTPException, _status_problem)
    app.add_exception_handler(RequestValidationError, _misspelt)
    app.add_exception_handler(Exception, _crash)
    described = cache(lambda: document([*api.described.routes, *app.routes], parts.public_url, parts.settings))

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> dict[str, object]:
        return described()

    return Shell(_Front(app, {api.post_complaint, hooks.deliver}), parts.settings.max_connections)


class _Front:
    """Hands deliveries over to their endpoints; everything else takes the whole way through the application.

    A post passes seven layers of the framework that have nothing to do for it: a sixth of its processor time.
    """

    def __init__(self, app: FastAPI, endpoints: Container[object]) -> None:
        self._app = app
        self._routes = [one for one in app.routes if isinstance(one, Route) and one.endpoint in endpoints]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._route(scope) if scope["type"] == "http" and scope["method"] == "POST" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["app"], scope["route"] = self._app, route
        try:
            answer = await route.endpoint(Request(scope, receive))
        except IntakeError as error:
            answer = problem(error)
        except HTTPException as error:
            answer = status_problem(error.status_code, error.headers)
        await answer(scope, receive, send)

    def _route(self, scope: Scope) -> Route | None:
        for route in self._routes:
            if (found := route.path_regex.match(scope["path"])) is not None:
                scope["path_params"] = found.groupdict()
                return route
        return None


async def _problem(request: Request, error: Exception) -> Response:
    answer = problem(cast(IntakeError, error))
    if not isinstance(error, TooMany):
        return answer
    seen = _page(request, error.http_status, "problem.many") or answer
    seen.headers["retry-after"] = answer.headers["retry-after"]
    return seen


async def _status_problem(request: Request, error: Exception) -> Response:
    found, path = cast(HTTPException, error), request.url.path
    if found.status_code == 404 and request.method == "GET" and _TYPED_WITH_SLASH.fullmatch(path):
        return RedirectResponse(path.rstrip("/") + (f"?{request.url.query}" if request.url.query else ""))
    return _page(request, found.status_code, "problem.nowhere") or status_problem(found.status_code, found.headers)


async def _misspelt(request: Request, error: Exception) -> Response:
    """An address with a part missing or of another kind; what was sent is not sent back."""
    wrong = [
        FieldError(tuple(one["loc"][1:]), "missing" if one["type"] == "missing" else "invalid", one["msg"])
        for one in cast(RequestValidationError, error).errors()
    ]
    return _page(request, 404, "problem.nowhere") or problem(InvalidFields(wrong))


async def _crash(request: Request, error: Exception) -> Response:
    """Starlette raises the error again after this answer; the shell logs it."""
    return _page(request, 500, "problem.ours") or status_problem(500)


def _page(request: Request, status: int, notice: str) -> Response | None:
    """What a person sees of a problem; None for programs, which read problem details."""
    if status == 405 or request.url.path.startswith(_API) or "text/html" not in request.headers.get("accept", ""):
        return None
    pages, lang = Pages(parts_of(request)), chosen(request.query_params.get("lang"))
    return pages.problem(lang, status, pages.text(notice, lang), {})
