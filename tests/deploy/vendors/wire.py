"""The wire between a vendor's server and our connectors, in one process: a lost answer is a line that broke."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import httpx

from connectors.contract import CALLER, WHOLE_QUERY, Answer, HookConnector
from deploy.vendors.server import LostAnswer, Push, Vendor
from schemas.inbound import Inbound


class Wire(httpx.ASGITransport):
    """Calls a vendor in process."""

    def __init__(self, vendor: Vendor) -> None:
        super().__init__(app=vendor.app())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, or let the line break."""
        try:
            return await super().handle_async_request(request)
        except LostAnswer as error:
            raise httpx.ReadError("the line broke", request=request) from error


def client(vendor: Vendor) -> httpx.AsyncClient:
    """Who calls this vendor, whatever the name of its host."""
    return httpx.AsyncClient(transport=Wire(vendor))


def delivered(connector: HookConnector, push: Push, at: datetime) -> Inbound:
    """What the gateway makes of a push. Its path is `/webhooks/phone/<account>[/<event>]?…`."""
    parts = urlsplit(push.path)
    channel, account, *event = parts.path.removeprefix("/webhooks/").split("/")
    hook = connector.hook(account, event[0] if event else None)
    assert hook is not None
    media_type = push.headers["Content-Type"].partition(";")[0]
    assert media_type in hook.media_types
    headers = {name.lower(): value for name, value in push.headers.items()}
    query = {WHOLE_QUERY + name: ", ".join(values) for name, values in parse_qs(parts.query).items()}
    asked = {name.lower() for name in hook.headers} | {WHOLE_QUERY + name for name in hook.query}
    presented = {name: value for name, value in (headers | query).items() if name in asked}
    inbound = Inbound(channel, hook.account or account, push.body, at, "gateway", at, media_type)
    kept = hook.kept({**presented, CALLER: "203.0.113.7"})
    return replace(inbound, headers=dict(kept), source={"event": event[0]} if event else {})


def answer(connector: HookConnector, inbound: Inbound) -> Answer:
    """What the vendor hears of a delivery that is durable."""
    hook = connector.hook(inbound.account, inbound.source.get("event"))
    assert hook is not None
    return hook.answer if isinstance(hook.answer, Answer) else hook.answer(inbound)
