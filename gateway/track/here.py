"""One request for a customer's page: whose number, in which language, how its pages are shown."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.exceptions import HTTPException

from connectors.web.fields import FORM_TYPE
from gateway.pages.render import Pages
from gateway.pages.texts import chosen
from gateway.parts import GatewayParts, parts_of
from gateway.staff.visit import database
from gateway.track.session import Session, from_here, open_session, session_of
from schemas.base import storable
from schemas.identity import read_tracking_number

_NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Here:
    """A request about one well-formed number, which need not exist."""

    parts: GatewayParts
    request: Request
    number: str
    lang: str

    @classmethod
    def of(cls, request: Request, number: str) -> Self:
        """Raises `TooMany`, or 404 for what cannot be a number of ours."""
        parts = parts_of(request)
        parts.track_rate.take(parts.clients.by_address(request).name)
        canonical = read_tracking_number(number)
        if canonical is None:
            raise HTTPException(404)
        return cls(parts, request, canonical, chosen(request.query_params.get("lang")))

    @property
    def pages(self) -> Pages:
        """The public pages."""
        return Pages(self.parts)

    @property
    def caller(self) -> str:
        """The caller's address as a pseudonym."""
        return self.parts.clients.by_address(self.request).name

    @property
    def session(self) -> Session | None:
        """The opened page, if this browser has opened it."""
        return session_of(self.parts, self.request, self.number)

    @property
    def is_ours(self) -> bool:
        """Whether the browser says that a post comes from our own page."""
        return from_here(self.parts, self.request)

    def text(self, key: str, **values: object) -> str:
        """The words of a key in the page's language."""
        return self.pages.text(key, self.lang, **values)

    def show(
        self, template: str, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
    ) -> HTMLResponse:
        """One page about this number."""
        path = f"/track/{self.number}"
        return self.pages.show(template, self.lang, status, headers, number=self.number, here=path, **context)

    def closed(self, notice: str | None = None, status: int = 200, unsent: str | None = None) -> HTMLResponse:
        """The ways to open the page, the same for every number; `unsent` is given back to whoever typed it."""
        words = self.text(notice) if notice else None
        return self.show("track.html", status, notice=words, unsent=unsent)

    def later(self) -> HTMLResponse:
        """Without a database nothing can be looked up; receiving goes on."""
        return self.pages.problem(self.lang, 503, self.text("track.later"), {"Retry-After": "60"})

    def opened(self) -> Response:
        """To the page, which is open now."""
        answer = RedirectResponse(f"/track/{self.number}?lang={self.lang}", 303, headers=_NO_STORE)
        open_session(self.parts, self.number, answer)
        return answer

    def speaking(self, lang: str | None) -> "Here":
        """The same in the language of a form."""
        return replace(self, lang=chosen(lang)) if lang else self

    @asynccontextmanager
    async def database(self) -> AsyncIterator[AsyncConnection]:
        """One transaction. Raises `NoDatabase`."""
        async with database(self.parts) as connection:
            yield connection


async def asked(request: Request, number: str) -> tuple[Here, dict[str, str]]:
    """A small form about a number: the request in the form's language, and what was typed by field."""
    here = Here.of(request, number)
    async with here.parts.track_bodies.read(request, FORM_TYPE) as post:
        typed = dict(parse_qsl(post.body.decode(errors="replace")))
    fields = {storable(name): storable(value) for name, value in typed.items()}
    return here.speaking(fields.get("lang")), fields
