"""Handing complaints over by HTTP: where the gateway is, and what its answer means."""

from typing import Any
from uuid import UUID

import httpx

from deploy.local.status import read_gateway
from schemas.complaint import Channel
from schemas.delivery_lines import SubmittedLine
from schemas.errors import InvalidRequest, Unreachable
from schemas.settings import Settings

_TIMEOUT_S = 30.0


def gateway_url(settings: Settings) -> str:
    """Return where the gateway of this installation answers."""
    running = read_gateway(settings.home)
    if running is not None:
        return running.url
    return settings.gateway.public_url or f"http://{settings.gateway.host}:{settings.gateway.port}"


def ask(settings: Settings, method: str, path: str, headers: dict[str, str], data: bytes) -> httpx.Response:
    """Call the gateway once. Raises Unreachable without one."""
    url = gateway_url(settings)
    try:
        return httpx.request(method, f"{url}{path}", content=data, headers=headers, timeout=_TIMEOUT_S)
    except httpx.TransportError as error:
        raise Unreachable(
            f"no gateway answers at {url}: start everything with `intake run`, or only it with `intake gateway`"
        ) from error


def post(settings: Settings, file: str, data: bytes, key: str) -> SubmittedLine:
    """Post one JSON complaint. Raises InvalidRequest with the gateway's own words, Unreachable without a gateway."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    answer = ask(settings, "POST", "/api/v1/complaints", headers, data)
    body = _json(answer)
    if answer.status_code != httpx.codes.ACCEPTED:
        raise InvalidRequest(refusal(file, answer))
    return SubmittedLine(
        file=file,
        channel=Channel.WEB.value,
        way="http",
        complaint_id=UUID(body["complaint_id"]),
        tracking_number=body["tracking_number"],
        status_url=body["status_url"],
    )


def refusal(file: str, answer: httpx.Response) -> str:
    """The gateway's own words about a refused file."""
    body = _json(answer)
    return f"{file}: {answer.status_code} {body.get('title', '')} {body.get('detail', '')}".strip()


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
