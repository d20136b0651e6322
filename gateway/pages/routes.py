"""The public routes: the form, its QR code entrance, its target, the page of a number."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from connectors.web.errors import FieldError, InvalidFields
from connectors.web.fields import FORM_TYPE
from gateway.api import MULTIPART_TYPE, accepted, inbound
from gateway.body import NONCE_FIELD, Post
from gateway.openapi import FORM_OPERATION, page
from gateway.pages.render import FORM_PURPOSE, FormPage, Pages
from gateway.pages.texts import TAGS, chosen, moment
from gateway.parts import GatewayParts, parts_of
from gateway.problems import problem
from gateway.qr.drawing import on_screen
from gateway.qr.scanning import opened, posted
from schemas.errors import IntakeError, NotDurable, NotGenuine, TooLarge, TooMany
from schemas.inbound import Receipt
from schemas.tokens import track_link, verify

router = APIRouter(default_response_class=HTMLResponse)
_CONFIRMED_WITHIN = timedelta(hours=24)


@router.get("/", summary="The public form", responses={200: page("The form")})
async def show_form(request: Request, lang: str | None = None) -> Response:
    """The form in `lang` (zh-CN, zh-TW, en)."""
    return Pages(parts_of(request)).form(FormPage(chosen(lang)))


@router.get("/q/{code}", summary="The form from a QR code", responses={200: page("The form, place filled in")})
async def show_form_of_place(request: Request, code: str, lang: str | None = None) -> Response:
    """The form with the place of a signed QR code; a code that is none of ours opens the plain form."""
    parts, pages, language = parts_of(request), Pages(parts_of(request)), chosen(lang)
    found = opened(parts, code)
    if found.notice is not None:
        return pages.form(FormPage(language, notice=pages.text(found.notice, language)))
    return pages.form(FormPage(language, values=found.place, place=code, here=f"/q/{code}"))


@router.get("/complaints", include_in_schema=False)
async def back_to_form() -> Response:
    """A browser that restores the confirmation's tab asks for its address without the post."""
    return RedirectResponse("/", 303)


@router.post("/complaints", **FORM_OPERATION)
async def post_form(request: Request) -> Response:
    """Take a sent form: a page for browsers (`Accept: text/html`), JSON for everybody else.

    The hidden nonce makes a form sent twice one complaint; a post without one counts as a new visitor.
    """
    parts = parts_of(request)
    if "text/html" not in request.headers.get("accept", ""):
        return await _Form(parts, request).json()
    return await _Form(parts, request).html()


class _Form:
    """One sent form."""

    def __init__(self, parts: GatewayParts, request: Request) -> None:
        self._parts = parts
        self._request = request
        self._pages = Pages(parts)
        self._typed: dict[str, str] | None = None
        self._files = False
        self._lang = chosen(request.query_params.get("lang"))

    async def json(self) -> Response:
        """The answer for programs; errors leave as they are."""
        return accepted(self._parts, await self._receive())

    async def html(self) -> Response:
        """The answer for people: the confirmation, or the form again with everything typed."""
        try:
            receipt = await self._receive()
        except InvalidFields as error:
            return self._again(error)
        except IntakeError as error:
            return self._sorry(error)
        return self._confirmation(receipt)

    async def _receive(self) -> Receipt:
        parts = self._parts
        parts.rate.take(parts.clients.by_address(self._request).name)
        async with parts.bodies.read(self._request, FORM_TYPE, MULTIPART_TYPE) as post:
            typed = self._remember(post)
            source = {
                "kind": "form",
                "nonce": self._nonce(typed.get(NONCE_FIELD)),
                "lang": TAGS[self._lang],
                **posted(parts, typed.get("place"), typed),
            }
            return await parts.intake.receive(inbound(parts, self._request, post, source), parts.web)

    def _remember(self, post: Post) -> dict[str, str]:
        """Keep what was typed for showing it again; what cannot be decoded is refused by the connector."""
        typed = dict(parse_qsl(post.body.decode(errors="replace"))) if post.content_type == FORM_TYPE else {}
        self._typed, self._files = typed, bool(post.files)
        self._lang = chosen(typed.get("lang", self._lang))
        return typed

    def _nonce(self, token: str | None) -> str:
        if token is None:
            return f"none:{secrets.token_hex(16)}"
        try:
            return verify(self._parts.token_keys, FORM_PURPOSE, token, self._parts.now())
        except NotGenuine as error:
            detail = "the form is too old or not ours; open it again"
            raise InvalidFields([FieldError((NONCE_FIELD,), "expired", detail)]) from error

    def _again(self, error: InvalidFields) -> Response:
        expired = any(one.path == (NONCE_FIELD,) for one in error.errors)
        notice = self._pages.text("notice.expired" if expired else "notice.errors", self._lang)
        errors = {} if expired else self._pages.field_errors(error, self._lang)
        return self._pages.form(self._page(notice, errors), 422)

    def _sorry(self, error: IntakeError) -> Response:
        """Keep what was typed where it was read; the status and Retry-After are those of the problem."""
        known: dict[type[IntakeError], str] = {
            NotDurable: "problem.again", TooMany: "problem.many", TooLarge: "problem.large"
        }  # fmt: skip
        notice = self._pages.text(known.get(type(error), "problem.other"), self._lang)
        headers = {name: value for name, value in problem(error).headers.items() if name == "retry-after"}
        if self._typed is None:
            return self._pages.problem(self._lang, error.http_status, notice, headers)
        return self._pages.form(self._page(notice), error.http_status, headers)

    def _page(self, notice: str, errors: Mapping[str, str] | None = None) -> FormPage:
        typed: dict[str, Any] = self._typed or {}
        return FormPage(self._lang, typed, errors or {}, notice, self._files, typed.get("place"))

    def _confirmation(self, receipt: Receipt) -> Response:
        typed = self._typed or {}
        [item] = receipt.items
        when = moment(self._parts.now() + _CONFIRMED_WITHIN, self._lang)
        track_page = f"/track/{item.tracking_number}?lang={self._lang}"
        page = track_link(self._parts.token_keys, track_page, item.tracking_number)
        return self._pages.received(
            self._lang,
            {"Location": self._parts.status_url(item.tracking_number)},
            number=item.tracking_number,
            page=page,
            qr=on_screen(f"{self._parts.public_url}{page}"),
            by_when=self._pages.text("received.by", self._lang, when=when),
            mailed=bool(typed.get("email", "").strip()),
            reachable=any(typed.get(name, "").strip() for name in ("email", "phone")),
        )
