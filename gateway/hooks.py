"""Vendors' callbacks: `POST /webhooks/{channel}/{account}`, and GET where a vendor asks whether the URL is ours."""

from contextlib import nullcontext
from dataclasses import dataclass
from typing import NoReturn

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from connectors.contract import CALLER, WHOLE_QUERY, Answer, Hook, HookConnector
from gateway.body import media_type
from gateway.parts import GatewayParts, parts_of
from gateway.problems import status_problem
from infra.metrics import DELIVERIES
from schemas.errors import NotGenuine
from schemas.inbound import Inbound

PATH = "/webhooks/{channel}/{account}"
PATH_OF_EVENT = PATH + "/{event}"
router = APIRouter(include_in_schema=False)
"""Not in the public document: what a call looks like is the vendor's contract, not ours."""


@router.post(PATH)
@router.post(PATH_OF_EVENT)
async def deliver(request: Request, channel: str, account: str, event: str | None = None) -> Response:
    """Take one callback; the vendor's own acknowledgement once it is durable, 503 when it is not."""
    parts = parts_of(request)
    connector, hook = _called(parts, request, channel, account, event)
    async with parts.hook_bodies.read(request, *hook.media_types) as post:
        inbound = _inbound(parts, request, hook, _Called(channel, account, event), post.body)
        try:
            with parts.replays.once(_signed(inbound, hook), post.body) if hook.single_use else nullcontext():
                await parts.intake.receive(inbound, connector)
        except NotGenuine:
            return _refused(channel)
    return _answered(hook.answer if isinstance(hook.answer, Answer) else hook.answer(inbound))


@router.get(PATH)
@router.get(PATH_OF_EVENT)
async def challenge(request: Request, channel: str, account: str, event: str | None = None) -> Response:
    """Answer a vendor that asks whether this URL is ours. Nothing is stored."""
    parts = parts_of(request)
    _, hook = _called(parts, request, channel, account, event)
    if hook.challenge is None:
        _nothing_here()
    try:
        return _answered(hook.challenge(_inbound(parts, request, hook, _Called(channel, account, event), b"")))
    except NotGenuine:
        return _refused(channel)


@dataclass(frozen=True, slots=True)
class _Called:
    """Whom a call is for, as its path says."""

    channel: str
    account: str
    event: str | None


def _called(
    parts: GatewayParts, request: Request, channel: str, account: str, event: str | None
) -> tuple[HookConnector, Hook]:
    """Who is called, the call counted. An account that is switched off is answered like one there is not."""
    parts.rate.take(parts.clients.by_address(request).name)
    connector = parts.hooks.get(channel)
    hook = connector.hook(account, event) if connector is not None else None
    if connector is None or hook is None:
        _nothing_here()
    return connector, hook


def _inbound(parts: GatewayParts, request: Request, hook: Hook, called: _Called, body: bytes) -> Inbound:
    now = parts.now()
    return Inbound(
        channel=called.channel,
        account=called.account,
        body=body,
        received_at=now,
        received_at_source="gateway",
        ingested_at=now,
        content_type=media_type(request) or "application/octet-stream",
        headers=_evidence(parts, request, hook),
        source={"event": called.event} if called.event else {},
    )


def _evidence(parts: GatewayParts, request: Request, hook: Hook) -> dict[str, str]:
    """What the hook keeps, and the trace context. Repeated ones are joined, so that none can hide another."""
    headers = {name.lower(): request.headers.getlist(name) for name in hook.headers}
    query = {WHOLE_QUERY + name: request.query_params.getlist(name) for name in hook.query if name}
    if "" in hook.query:
        query[WHOLE_QUERY] = [request.scope["query_string"].decode("latin-1")]
    presented = {name: ", ".join(values) for name, values in (headers | query).items() if values}
    trace = request.headers.get("traceparent")
    kept = hook.kept({**presented, CALLER: parts.clients.address(request)})
    return {**kept, "traceparent": trace} if trace else dict(kept)


def _signed(inbound: Inbound, hook: Hook) -> tuple[str, ...]:
    return inbound.channel, inbound.account, *(inbound.headers.get(name, "") for name in hook.single_use)


def _answered(answer: Answer) -> Response:
    return Response(answer.body, answer.status, {"Content-Type": answer.content_type})


def _refused(channel: str) -> Response:
    """401 without a reason: whoever tries signatures learns nothing from the answer."""
    DELIVERIES.labels(channel, "not_genuine").inc()
    return status_problem(401, {"WWW-Authenticate": "Signature"})


def _nothing_here() -> NoReturn:
    raise HTTPException(404)
