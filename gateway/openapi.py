"""The OpenAPI 3.1 document: every operation with every answer it can give, examples included."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema
from starlette.routing import BaseRoute

from connectors.web.fields import FORM_FIELDS
from connectors.web.request import EMAIL_PATTERN, LANGUAGE_PATTERN, MAX_EMAIL_CHARS, ComplaintRequest
from gateway.problems import MEDIA_TYPE, NAMES, STATUS_NAMES, TYPE_PREFIX, Problem
from schemas.settings import GatewaySettings

_REF = "#/components/schemas/{model}"
_ID = "c0fbc74b-bfba-594e-99e0-8fafa011d73a"
_NUMBER = "ETNV-X5SQ-JG01-G"
_RETRY_AFTER = {"Retry-After": {"description": "Seconds", "required": True, "schema": {"type": "string"}}}
_CHALLENGE = {"WWW-Authenticate": {"required": True, "schema": {"type": "string", "const": "Bearer"}}}
_LOCATION = {"Location": {"description": "The status page", "required": True, "schema": {"type": "string"}}}
_MEANINGS = {
    400: "The body or a header cannot be read",
    401: "The bearer token is not known",
    403: "openid, customer_no or proofs without a token with the scope `identify`",
    404: "There is nothing here",
    408: "The body took too long to arrive",
    409: "Not yet: again after `Retry-After`",
    410: "It never came, was refused or is kept no longer",
    413: "Larger than the limit",
    415: "A content type this operation does not read",
    422: "Fields are missing or wrong; `errors` names each",
    429: "Too many requests of one client",
    503: "Could not be stored, nothing was kept; try again",
}


class Accepted(BaseModel):
    """The complaint is durable and has its number."""

    complaint_id: UUID
    tracking_number: str = Field(examples=[_NUMBER])
    status_url: str = Field(examples=[f"https://complaints.example.com/track/{_NUMBER}"])


class PartHealth(BaseModel):
    """One part of this process."""

    name: str
    ready: bool
    detail: str
    facts: dict[str, str | int | float | bool] = Field(default_factory=dict)


class Readiness(BaseModel):
    """Whether the gateway can make deliveries durable, and how every part of the process is."""

    ready: bool
    parts: list[PartHealth]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented error answers of an operation."""
    return {status: _problem(status) for status in statuses}


def page(description: str) -> dict[str, Any]:
    """A documented answer that is a page for people."""
    return {"description": description, "content": {"text/html": {"schema": {"type": "string"}}}}


def _for_people(answers: dict[int | str, dict[str, Any]]) -> dict[int | str, dict[str, Any]]:
    """The same answers, given as a page to callers that accept `text/html`."""
    html = page("")["content"]
    return {status: {**answer, "content": answer["content"] | html} for status, answer in answers.items()}


def _problem(status: int) -> dict[str, Any]:
    titles = {kind.http_status: known for kind, known in reversed(list(NAMES.items()))}
    name, title = titles.get(status, (STATUS_NAMES.get(status, "internal"), "Not found"))
    example = {"type": TYPE_PREFIX + name, "title": title, "status": status, "detail": _MEANINGS[status]}
    answer = {
        "description": _MEANINGS[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}, "example": example}},
    }
    headers = _CHALLENGE if status == 401 else _RETRY_AFTER if status in {409, 429, 503} else None
    return answer | ({"headers": headers} if headers else {})


_ACCEPTED = {
    "description": "Stored for good",
    "headers": _LOCATION,
    "content": {
        "application/json": {
            "schema": {"$ref": _REF.format(model="Accepted")},
            "example": {
                "complaint_id": _ID,
                "tracking_number": _NUMBER,
                "status_url": f"https://complaints.example.com/track/{_NUMBER}",
            },
        }
    },
}
_EXAMPLE = {
    "text": "11月20日在人民路店买的酸奶已过期三天，孩子喝后肚子疼，要求退款。",
    "sender": {"name": "张三", "phones": ["138 0000 0000"], "emails": ["zhang@example.com"]},
    "stated": {"store": "人民路店", "product": "酸奶", "order_no": "20261120-0087", "desired_resolution": "退款"},
}
_OTHER_FIELDS = {"type": "string", "description": "Unknown fields are accepted and left out"}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repeat a request under the same key and it stays one complaint",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[!-~]+$"},
}

API_OPERATION: dict[str, Any] = {
    "status_code": 202,
    "summary": "Hand over one complaint",
    "responses": {202: _ACCEPTED, **problems(400, 401, 403, 408, 413, 415, 422, 429, 503)},
    "openapi_extra": {
        "parameters": [_IDEMPOTENCY_KEY],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": _REF.format(model="ComplaintRequest")},
                    "example": _EXAMPLE,
                },
                "multipart/form-data": {
                    "schema": {"$ref": _REF.format(model="PostedParts")},
                    "encoding": {"complaint": {"contentType": "application/json"}},
                },
            },
        },
        "security": [{}, {"bearer": []}],
    },
}
FORM_OPERATION: dict[str, Any] = {
    "status_code": 202,
    "summary": "Send the public form",
    "responses": _for_people({202: _ACCEPTED, **problems(400, 408, 413, 415, 422, 429, 503)}),
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"$ref": _REF.format(model="PostedForm")}}
                for kind in ("application/x-www-form-urlencoded", "multipart/form-data")
            },
        },
    },
}


def document(routes: Sequence[BaseRoute], public_url: str, limits: GatewaySettings) -> dict[str, Any]:
    """Build the whole document, with the limits of this installation."""
    found = get_openapi(
        title="Complaint intake",
        version="1.0.0",
        description="Every accepted complaint is stored for good and acknowledged within 24 hours.",
        routes=routes,
        servers=[{"url": public_url}],
    )
    _, models = models_json_schema([(model, "validation") for model in _models()], ref_template=_REF, title="schemas")
    components = found.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas |= models["$defs"] | {"PostedForm": _posted_form(limits), "PostedParts": _posted_parts(limits)}
    schemas["ComplaintRequest"]["properties"]["text"]["maxLength"] = limits.max_text_chars
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    return found


def _files(limits: GatewaySettings) -> dict[str, Any]:
    return {"type": "array", "maxItems": limits.max_files, "items": {"type": "string", "format": "binary"}}


def _posted_parts(limits: GatewaySettings) -> dict[str, Any]:
    return {
        "type": "object",
        "description": "`complaint` is the JSON; instead of it the fields of the form may be sent. Files in any part.",
        "properties": {"complaint": {"$ref": _REF.format(model="ComplaintRequest")}, "files": _files(limits)},
        "required": ["complaint"],
        "additionalProperties": _OTHER_FIELDS,
    }


def _posted_form(limits: GatewaySettings) -> dict[str, Any]:
    fields: dict[str, Any] = {name: {"type": "string", "maxLength": 500} for name in FORM_FIELDS} | {
        "text": {"type": "string", "minLength": 1, "maxLength": limits.max_text_chars, "pattern": r"\S"},
        "name": {"type": "string", "maxLength": 200},
        "phone": {"type": "string", "maxLength": 128},
        "email": {"type": "string", "maxLength": MAX_EMAIL_CHARS, "pattern": f"^({EMAIL_PATTERN[1:-1]})?$"},
        "language": {"type": "string", "pattern": f"^({LANGUAGE_PATTERN[1:-1]})?$"},
        "minor_under_14": {"type": "string", "description": "Any value but none: yes"},
        "files": _files(limits),
    }
    fields["desired_resolution"] = {"type": "string", "maxLength": 2000}
    fields |= {name: {"type": "string", "maxLength": 64} for name in ("category", "consent", "notice_version")}
    return {"type": "object", "properties": fields, "required": ["text"], "additionalProperties": _OTHER_FIELDS}


def _models() -> Iterable[type[BaseModel]]:
    return (ComplaintRequest, Accepted, Problem, Readiness)
