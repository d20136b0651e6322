"""Renders the public pages from their templates."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from connectors.web.errors import InvalidFields
from connectors.web.fields import FORM_FIELDS, form_field
from gateway.pages.texts import LANGUAGES, texts
from gateway.parts import GatewayParts
from schemas.tokens import sign

CATEGORIES = ("quality", "service", "price", "payment", "logistics", "after_sales", "hygiene", "other")
NOTICE_VERSION = "2026-11"
"""Of the privacy notice on the form; changes with its words."""
FORM_PURPOSE = "form"
_NO_STORE = {"Cache-Control": "no-store"}
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FormPage:
    """The form as it is shown: what was typed, what is wrong with it, a sentence above it."""

    lang: str
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    notice: str | None = None
    files_lost: bool = False
    place: str | None = None
    here: str = "/"


class Pages:
    """The pages of one gateway."""

    def __init__(self, parts: GatewayParts) -> None:
        self._parts = parts

    def form(self, page: FormPage, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
        """The form, with a fresh nonce: sent twice it stays one complaint, opened twice it becomes two."""
        expires_at = self._parts.now() + self._parts.settings.form_token_lifetime
        token = sign(self._parts.token_keys, FORM_PURPOSE, secrets.token_urlsafe(16), expires_at)
        values = dict.fromkeys(FORM_FIELDS, "") | dict(page.values)
        return self._page(
            "form.html",
            page.lang,
            status,
            headers,
            values=values,
            errors=page.errors,
            notice=page.notice,
            files_lost=page.files_lost,
            place=page.place,
            here=page.here,
            token=token,
            categories=CATEGORIES,
            notice_version=NOTICE_VERSION,
            known=texts(),
        )

    def received(self, lang: str, headers: Mapping[str, str], number: str, **context: Any) -> HTMLResponse:
        """The confirmation with the number."""
        return self._page("received.html", lang, 202, headers, here=f"/track/{number}", number=number, **context)

    def show(
        self, template: str, lang: str, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
    ) -> HTMLResponse:
        """One of the other public pages; `context` is what its template shows."""
        return self._page(template, lang, status, headers, **context)

    def problem(self, lang: str, status: int, notice: str, headers: Mapping[str, str]) -> HTMLResponse:
        """A page that says what went wrong where there is no form to show again."""
        return self._page("problem.html", lang, status, headers, notice=notice, here="/")

    def text(self, key: str, lang: str, **values: object) -> str:
        """The words of a key, limits of the settings filled in."""
        settings = self._parts.settings
        limits = {
            "max_files": settings.max_files,
            "max_mb": settings.max_body_bytes // _MEGABYTE,
            "max_text": settings.max_text_chars,
        }
        return texts()[key][lang].format(**limits, **values)

    def field_errors(self, error: InvalidFields, lang: str) -> dict[str, str]:
        """Form field → what is wrong, in the page's language."""
        found: dict[str, str] = {}
        for one in error.errors:
            name = form_field(one.path)
            keys = (f"error.{name}.{one.code}", f"error.{one.code}", "error.invalid")
            found.setdefault(name, self.text(next(key for key in keys if key in texts()), lang))
        return found

    def _page(
        self, template: str, lang: str, status: int, headers: Mapping[str, str] | None = None, **context: Any
    ) -> HTMLResponse:
        words = partial(self.text, lang=lang)
        html = (
            _environment()
            .get_template(template)
            .render(
                t=words,
                lang=lang,
                languages=LANGUAGES,
                company=self._parts.settings.company_name,
                contact=self._parts.settings.contact,
                **context,
            )
        )
        return HTMLResponse(html, status, headers={**_NO_STORE, **(headers or {})})


@cache
def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
