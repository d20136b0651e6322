"""The JSON API: `POST /api/v1/complaints`."""

import re
import secrets

from fastapi import APIRouter, Request
from fastapi.responses import Response

from connectors.web.connector import ACCOUNT
from connectors.web.errors import Malformed
from connectors.web.fields import JSON_TYPE
from gateway.body import Post
from gateway.clients import Client
from gateway.openapi import API_OPERATION, Accepted
from gateway.parts import GatewayParts, parts_of
from gateway.problems import Unauthorized
from schemas.complaint import Channel
from schemas.inbound import Inbound, Receipt

MULTIPART_TYPE = "multipart/form-data"
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")

PATH = "/api/v1/complaints"
described = APIRouter(tags=["api"])
"""For the OpenAPI document only: the endpoint reads its request itself, and serving it through FastAPI, which solves
parameters it does not have, took a quarter of a post's processor time."""


@described.post(PATH, **API_OPERATION)
async def post_complaint(request: Request) -> Response:
    """Hand over one complaint.

    202 means it is stored for good. Send an `Idempotency-Key` and repeat the same request after a timeout or a
    5xx: the answer names the same complaint. Another body or another client under the same key is another complaint.
    """
    parts = parts_of(request)
    client = identified(parts, request)
    source = {
        "kind": "api",
        "client": client.name,
        "idempotency_key": _idempotency_key(request),
        "scopes": " ".join(client.scopes),
    }
    async with parts.bodies.read(request, JSON_TYPE, MULTIPART_TYPE) as post:
        receipt = await parts.intake.receive(inbound(parts, request, post, source), parts.web)
    return accepted(parts, receipt)


def identified(parts: GatewayParts, request: Request) -> Client:
    """The caller, its request counted. Raises `TooMany` or `Unauthorized`; wrong tokens count for their address."""
    by_address = parts.clients.by_address(request)
    try:
        client = parts.clients.by_token(request) or by_address
    except Unauthorized:
        parts.rate.take(by_address.name)
        raise
    parts.rate.take(client.name)
    return client


def inbound(parts: GatewayParts, request: Request, post: Post, source: dict[str, str]) -> Inbound:
    """The delivery a post becomes. Of the headers only the trace context is kept."""
    now = parts.now()
    trace = request.headers.get("traceparent")
    return Inbound(
        channel=Channel.WEB.value,
        account=ACCOUNT,
        body=post.body,
        received_at=now,
        received_at_source="gateway",
        ingested_at=now,
        content_type=post.content_type,
        headers={"traceparent": trace} if trace else {},
        source=source,
        parts=post.files,
    )


def accepted(parts: GatewayParts, receipt: Receipt) -> Response:
    """202 with the number, and where to look it up in `Location` too."""
    [item] = receipt.items
    status_url = parts.status_url(item.tracking_number)
    body = Accepted(complaint_id=item.complaint_id, tracking_number=item.tracking_number, status_url=status_url)
    return Response(body.model_dump_json(), 202, media_type=JSON_TYPE, headers={"Location": status_url})


def _idempotency_key(request: Request) -> str:
    given = request.headers.getlist("idempotency-key")
    if not given:
        return f"none:{secrets.token_hex(16)}"
    if len(given) > 1 or not _IDEMPOTENCY_KEY.fullmatch(given[0]):
        raise Malformed("Idempotency-Key: once, 1 to 255 visible ASCII characters")
    return f"given:{given[0]}"
