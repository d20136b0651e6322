"""A gateway in memory and a client that calls it without a network."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from gateway.app import create_app
from gateway.parts import GatewayParts
from schemas.complaint import Complaint
from schemas.settings import GatewaySettings
from schemas.tokens import TokenKeys
from schemas.topics import RECEIVED
from tests.gateway.memory_log import MemoryLog
from tests.gateway.parts import NOW, PSEUDONYM_KEY, WEB, intake_path

TOKEN_KEYS = TokenKeys("k1", {"k1": b"token key of the tests, 32 bytes"})


@dataclass(slots=True)
class Gateway:
    """What a test works with: `client` calls, `log` shows what became durable, `now` can be moved."""

    client: httpx.AsyncClient
    log: MemoryLog
    parts: GatewayParts
    now: datetime = NOW

    def complaints(self) -> list[Complaint]:
        """What reached `complaints.received.v1`."""
        return [Complaint.model_validate_json(one.value) for one in self.log.on(RECEIVED.name)]


@asynccontextmanager
async def gateway(
    tmp_path: Path,
    settings: GatewaySettings | None = None,
    max_spool_bytes: int = 10_000_000,
    address: str = "192.0.2.7",
    **more: Any,
) -> AsyncIterator[Gateway]:
    """A gateway on a log in memory, called from `address`; `more` are optional parts."""
    log = MemoryLog()
    async with intake_path(log, tmp_path, max_spool_bytes) as intake:
        parts = GatewayParts(
            intake, WEB, settings or GatewaySettings(), TOKEN_KEYS, PSEUDONYM_KEY, "https://c.example.com", **more
        )
        transport = httpx.ASGITransport(create_app(parts), client=(address, 50_000))
        async with aclosing(parts), httpx.AsyncClient(transport=transport, base_url="https://c.example.com") as client:
            found = Gateway(client, log, parts)
            parts.now = lambda: found.now
            yield found
