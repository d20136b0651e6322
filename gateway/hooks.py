"""Vendors' callbacks: `POST /webhooks/{channel}/{account}`, and GET where a vendor asks whether the URL is ours."""

from contextlib import nullcontext
from dataclasses import dataclass
from typing import NoReturn

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from connectors.contract import CALLER, WHOLE_QUERY, Answer, Hook, HookConnector
from gateway.body import media_type
from gateway.parts import GatewayParts, parts_of
from gateway.problems import status_problem
from infra.metrics import DELIVERIES
from schemas.errors import NotGenuine
from schemas.inbound import Inbound

PATHS = ("/webhooks/{channel}/{account}", "/webhooks/{channel}/{account}/{event}")
"""Not in the public document: what a call looks like is the vendor's contract, not ours."""


async def deliver(request: Request) -> Response:
    """Take one callback; the vendor's own acknowledgement once it is durable, 503 when it is not."""
    parts, called = parts_of(request), _Called(**request.path_params)
    connector, hook = _asked(parts, request, called)
    async with parts.hook_bodies.read(request, *hook.media_types) as post:
        inbound = _inbound(parts, request, hook, called, post.body)
        try:
            with parts.replays.once(_signed(inbound, hook), post.body) if hook.single_use else nullcontext():
                await parts.intake.receive(inbound, connector)
        except NotGenuine:
            return _refused(called.channel)
    return _answered(hook.answer if isinstance(hook.answer, Answer) else hook.answer(inbound))


async def challenge(request: Request) -> Response:
    """Answer a vendor that asks whether this URL is ours. Nothing is stored."""
    parts, called = parts_of(request), _Called(**request.path_params)
    _, hook = _asked(parts, request, called)
    if hook.challenge is None:
        _nothing_here()
    try:
        return _answered(hook.challenge(_inbound(parts, request, hook, called, b"")))
    except NotGenuine:
        return _refused(called.channel)


@dataclass(frozen=True, slots=True)
class _Called:
    """Whom a call is for, as its path says."""

    channel: str
    account: str
    event: str | None = None


def _asked(parts: GatewayParts, request: Request, called: _Called) -> tuple[HookConnector, Hook]:
    """Who is called, the call counted. An account that is switched off is answered like one there is not."""
    parts.rate.take(parts.clients.by_address(request).name)
    connector = parts.hooks.get(called.channel)
    hook = connector.hook(called.account, called.event) if connector is not None else None
    if connector is None or hook is None:
        _nothing_here()
    return connector, hook


def _inbound(parts: GatewayParts, request: Request, hook: Hook, called: _Called, body: bytes) -> Inbound:
    now = parts.now()
    return Inbound(
        channel=called.channel,
        account=hook.account or called.account,
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
