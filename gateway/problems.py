"""Every error answer: RFC 9457 problems whose `type` is stable and whose text tells the caller what to do."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import quote

from fastapi.responses import Response
from pydantic import BaseModel, Field

from connectors.web.errors import FieldError, InvalidFields, Malformed, ScopeRequired
from schemas.errors import IntakeError, InvalidRequest, NotDurable, NotGenuine, TooLarge, TooMany

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:complaint-intake:problem:"
RETRY_AFTER_S = 5
"""After a 503: the first retry of a caller should find us healed from a short outage."""

PENDING_RETRY_S = 30
"""A file that is still being fetched: channels hand over within seconds, or after the first pause."""


class ProblemField(BaseModel):
    """One wrong field of a request."""

    field: str = Field(examples=["sender.emails.0"])
    pointer: str = Field(description="JSON pointer into the request", examples=["#/sender/emails/0"])
    code: str = Field(description="missing, invalid, too_long, too_many", examples=["invalid"])
    detail: str = Field(examples=["must be an e-mail address such as name@example.com"])


class Problem(BaseModel):
    """Problem details of RFC 9457."""

    type: str = Field(examples=[f"{TYPE_PREFIX}invalid-fields"])
    title: str = Field(examples=["Some fields are missing or wrong"])
    status: int = Field(examples=[422])
    detail: str | None = Field(None, examples=["text: must not be blank"])
    errors: list[ProblemField] | None = None


class Unauthorized(IntakeError):
    """The bearer token is none of ours: answered with 401."""

    http_status = 401


class UnsupportedMediaType(IntakeError):
    """A body we do not read: answered with 415."""

    http_status = 415


class TooSlow(IntakeError):
    """The body did not arrive in time: answered with 408."""

    http_status = 408


class Overloaded(IntakeError):
    """More at once than this process serves: answered with 503 and `Retry-After`."""

    http_status = 503


class NotYours(IntakeError):
    """It is not there, or not the caller's: answered with 404 that does not tell which."""

    http_status = 404


class AttachmentPending(IntakeError):
    """The file is still being fetched: answered with 409 and `Retry-After`."""

    http_status = 409


class AttachmentFailed(IntakeError):
    """The file could not be had, and never will be: answered with 410."""

    http_status = 410


class AttachmentRefused(IntakeError):
    """The file was refused (too large, malware): answered with 410."""

    http_status = 410


class AttachmentWithheld(IntakeError):
    """The file would say who reported something: answered with 403."""

    http_status = 403


class Away(IntakeError):
    """A part that this answer needs does not answer: answered with 503 and `Retry-After`."""

    http_status = 503


NAMES: Mapping[type[IntakeError], tuple[str, str]] = {
    Malformed: ("malformed", "The request cannot be read"),
    InvalidFields: ("invalid-fields", "Some fields are missing or wrong"),
    ScopeRequired: ("scope-required", "The token lacks a scope"),
    InvalidRequest: ("invalid-request", "The request cannot be accepted"),
    Unauthorized: ("unauthorized", "The bearer token is not known"),
    NotGenuine: ("not-genuine", "The signature or token is not genuine"),
    TooLarge: ("too-large", "The request is too large"),
    UnsupportedMediaType: ("unsupported-media-type", "The content type is not supported"),
    TooSlow: ("too-slow", "The request took too long to arrive"),
    TooMany: ("too-many-requests", "Too many requests"),
    NotDurable: ("not-durable", "The complaint could not be stored; try again"),
    Overloaded: ("overloaded", "The service is busy; try again"),
    NotYours: ("not-found", "Not Found"),
    AttachmentPending: ("attachment-pending", "The file is still being fetched"),
    AttachmentFailed: ("attachment-failed", "The file could not be had"),
    AttachmentRefused: ("attachment-refused", "The file was refused"),
    AttachmentWithheld: ("attachment-withheld", "The file is withheld"),
    Away: ("unavailable", "A part of the service does not answer; try again"),
}
"""Class of an error → name in `type`, title."""

STATUS_NAMES: Mapping[int, str] = {404: "not-found", 405: "method-not-allowed", 500: "internal"}


def problem(error: IntakeError) -> Response:
    """The answer to an error of ours."""
    name, title = next((NAMES[kind] for kind in type(error).__mro__ if kind in NAMES), ("internal", "Internal error"))
    errors = [_field(one) for one in error.errors] if isinstance(error, InvalidFields) else None
    detail = str(error) if name != "internal" else None
    return _answer(error.http_status, name, title, detail, _headers(error), errors)


def status_problem(status: int, headers: Mapping[str, str] | None = None, detail: str | None = None) -> Response:
    """The answer to what is no error of ours: an unknown path, a wrong method, a crash."""
    title = HTTPStatus(status).phrase
    return _answer(status, STATUS_NAMES.get(status, title.lower().replace(" ", "-")), title, detail, headers or {})


def _answer(
    status: int,
    name: str,
    title: str,
    detail: str | None,
    headers: Mapping[str, str],
    errors: Sequence[ProblemField] | None = None,
) -> Response:
    body = Problem(
        type=TYPE_PREFIX + name, title=title, status=status, detail=detail, errors=list(errors) if errors else None
    )
    return Response(body.model_dump_json(exclude_none=True), status, media_type=MEDIA_TYPE, headers=dict(headers))


def _field(error: FieldError) -> ProblemField:
    path = [str(part) for part in error.path]
    return ProblemField(
        field=".".join(path), pointer="#" + "".join(map(_step, path)), code=error.code, detail=error.detail
    )


def _step(part: str) -> str:
    """One step of a JSON pointer in a URI fragment (RFC 6901, sections 3 and 6)."""
    return "/" + quote(part.replace("~", "~0").replace("/", "~1"))


def _headers(error: IntakeError) -> dict[str, str]:
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, AttachmentPending):
        return {"Retry-After": str(PENDING_RETRY_S)}
    if error.http_status == HTTPStatus.SERVICE_UNAVAILABLE:
        return {"Retry-After": str(RETRY_AFTER_S)}
    return {"WWW-Authenticate": "Bearer"} if isinstance(error, Unauthorized) else {}
