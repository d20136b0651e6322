"""What department systems report over HTTP: `POST /api/v1/status`. A token speaks for its own department only."""

import re
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, ValidationError

from connectors.web.errors import ScopeRequired, from_validation
from connectors.web.fields import JSON_TYPE, cleaned, read_fields
from gateway.openapi import problems
from gateway.parts import GatewayParts, parts_of
from gateway.problems import Away, UnsupportedMediaType
from gateway.reports import ReportNotStored
from gateway.tokens import Scope, bearer
from schemas.base import Instant, Text
from schemas.casework import MAX_CUSTOMER_CHARS, MAX_NOTE_CHARS, CaseState
from schemas.records import DepartmentStatus

PATH = "/api/v1/status"
router = APIRouter(tags=["api"])

_Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
_MAX_BY_CHARS = 100
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")
_COMPRESSED = frozenset({"gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd"})
"""Content codings of the IANA registry. Nothing is unpacked here."""


def _written(value: object) -> object:
    """Numbers are no times: whether one counts seconds or milliseconds would be a guess."""
    if not isinstance(value, str) or _DATE.match(value) is None:
        raise ValueError("must be a time such as 2026-11-23T02:15:00Z")
    return value


class StatusReport(BaseModel):
    """What a department has done with a case. Unknown fields are accepted and left out."""

    status_id: UUID | None = Field(
        None, description="Yours, for sending it again after a timeout: the same id is one report. Unset: we make one"
    )
    case_id: UUID
    complaint_id: UUID | None = Field(None, description="Of the case, where it is about one complaint only")
    status: str = Field(
        json_schema_extra={"enum": [one.value for one in CaseState if one is not CaseState.ROUTED]},
        description="What may follow what is in the contract; what may not is kept and flagged",
    )
    suggested_department: _Code | None = Field(None, description="With not-ours: whose case it is")
    text_for_customer: Text | None = Field(None, max_length=MAX_CUSTOMER_CHARS, description="Plain text, sent as it is")
    internal_note: Text | None = Field(None, max_length=MAX_NOTE_CHARS)
    at: Annotated[Instant, BeforeValidator(_written)] | None = Field(None, description="When it happened; unset: now")
    by: Text = Field("", max_length=_MAX_BY_CHARS, description="Who, by a name or number of yours")


class StatusTaken(BaseModel):
    """The report is stored for good; what becomes of it is decided in the order of the case."""

    status_id: UUID


_EXAMPLE = {
    "status_id": "5f1c1f4e-0f5b-4e0e-9f0a-6a3a1a7a4c11",
    "case_id": "0a8e8a9c-6d1e-5b7e-8f53-0c7c1f6b2d10",
    "status": "answered",
    "text_for_customer": "已为您办理退款，三个工作日内到账。",
    "at": "2026-11-23T02:15:00Z",
    "by": "desk-7",
}
_REFUSED = problems(403)
_REFUSED[403]["description"] = "The token lacks the scope `status`, or speaks for no department"
_REFUSED[403]["content"] = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_OPERATION: dict[str, Any] = {
    "status_code": 202,
    "summary": "Report what a department has done with a case",
    "response_model": StatusTaken,
    "responses": {
        202: {
            "description": "Stored for good",
            "content": {"application/json": {"example": {"status_id": _EXAMPLE["status_id"]}}},
        },
        **problems(400, 401, 408, 413, 415, 422, 429, 503),
        **_REFUSED,
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": StatusReport.model_json_schema(), "example": _EXAMPLE}},
        },
        "security": [{"bearer": []}],
    },
}


@router.post(PATH, **_OPERATION)
async def post_status(request: Request) -> Response:
    """Report what a department has done with a case.

    202 means it is stored for good. After a timeout or a 5xx send the same `status_id` again: it stays one report.
    The department is the token's; of another department nothing can be said.
    """
    parts = parts_of(request)
    department = await _department(parts, request)
    if request.headers.get("content-encoding", "").strip().lower() in _COMPRESSED:
        raise UnsupportedMediaType("send the report as it is, not compressed")
    async with parts.report_bodies.read(request, JSON_TYPE) as post:
        status = _status(parts, post.body, department)
    if parts.reports is None:
        raise ReportNotStored("this gateway has no log for reports")
    await parts.reports.publish(status)
    return Response(StatusTaken(status_id=status.status_id).model_dump_json(), 202, media_type=JSON_TYPE)


async def _department(parts: GatewayParts, request: Request) -> str:
    """Whom the caller speaks for, its request counted."""
    try:
        token = await bearer(request, Scope.STATUS)
    except Away as error:
        raise ReportNotStored("tokens cannot be checked now: send it again under the same status_id") from error
    parts.rate.take(f"token:{token.token_id}")
    if token.department is None:
        raise ScopeRequired("the token speaks for no department: ask an administrator for one that does")
    return token.department


def _status(parts: GatewayParts, body: bytes, department: str) -> DepartmentStatus:
    """The report as it travels. Raises `Malformed` or `InvalidFields`."""
    now = parts.now()
    try:
        given = StatusReport.model_validate(cleaned(read_fields(body, JSON_TYPE)))
        return DepartmentStatus.model_validate(
            given.model_dump(exclude_none=True)
            | {
                "status_id": given.status_id or uuid4(),
                "department": department,
                "at": min(given.at or now, now),
                "by": given.by or department,
            }
        )
    except ValidationError as error:
        raise from_validation(error) from error
