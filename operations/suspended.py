"""Deliveries we could not read: which wait, reading them again, putting them away. For command line and pages."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from connectors.contract import Connector
from gateway.intake import IntakePath, open_intake
from infra.objects import ObjectStore, open_store
from operations.assembly import connector_of, numbering_of, pseudonym_key_of, with_spool_of
from operations.folding import Fold, last_states
from operations.replaying import Gone, inbound_of, note, replay_suspended, resolve_suspended, would_read
from schemas.commands import Resolution
from schemas.errors import MEANINGS, InvalidRequest, NotDurable, NotGenuine, PayloadRejected
from schemas.records import Suspended
from schemas.settings import Settings
from schemas.topics import SUSPENDED

REFUSALS = (Gone, InvalidRequest, NotGenuine, NotDurable, PayloadRejected)
"""Why one item cannot be read again, without harm to the others."""


async def suspended_items(settings: Settings) -> list[Suspended]:
    """Return the newest state of every item, ended ones too. Reads the whole topic."""
    return await last_states(settings, SUSPENDED, Suspended, lambda item: item.suspended_id)


def suspended_fold(settings: Settings) -> Fold[Suspended]:
    """The open items, kept up to date."""
    return Fold(settings.kafka, SUSPENDED, Suspended, lambda item: item.suspended_id, lambda item: item.state == "open")


def meaning(code: str) -> tuple[str, str]:
    """What a reason code means, in Chinese and English; twice empty for one nobody declared."""
    found = next((meant for known, meant in MEANINGS.items() if known.value == code), None)
    return (found[1], found[0]) if found else ("", "")


async def discard(settings: Settings, item: Suspended, reason: str, by: str, *, dry_run: bool) -> Resolution:
    """Put one away for good. May be repeated: what has ended stays as it is."""
    if item.state != "open":
        return _ended(item, "discard")
    if dry_run:
        return _result(item, "discard", False, f"would discard: {item.reason}")
    await note(settings.kafka, SUSPENDED, item.suspended_id, resolve_suspended(item, "discarded", by, reason))
    return _result(item, "discard", True, reason)


@dataclass(slots=True)
class Reading:
    """Reads suspended items again with today's readers; use it with `async with`.

    `spool` names the spool of what Kafka does not take at once: it has one owner at a time.
    """

    settings: Settings
    spool: str = "replay"
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _store: ObjectStore | None = None
    _intake: IntakePath | None = None
    _connectors: dict[str, Connector] = field(default_factory=dict)

    async def __aenter__(self) -> "Reading":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def replay(self, item: Suspended, by: str, *, dry_run: bool) -> Resolution:
        """Read one again; what can be read becomes a complaint that was received when the delivery first came."""
        if item.state != "open":
            return _ended(item, "replay")
        try:
            return await self._read_again(item, by, dry_run)
        except REFUSALS as refused:
            return _result(item, "replay", False, str(refused))

    async def _read_again(self, item: Suspended, by: str, dry_run: bool) -> Resolution:
        store = self._store = self._store or open_store(self.settings)
        inbound = await inbound_of(store, item)
        connector = self._connector(item.channel)
        if not await asyncio.to_thread(would_read, connector, inbound, item.item):
            return _result(item, "replay", False, "today's reader cannot read it either")
        if dry_run:
            return _result(item, "replay", False, "would become a complaint")
        intake = await self._open(store)
        complaints = await replay_suspended(self.settings.kafka, intake, connector, inbound, item, by)
        if not complaints:
            return _result(item, "replay", False, "it was suspended again")
        return _result(item, "replay", True, f"complaint {', '.join(map(str, complaints))}")

    def _connector(self, channel: str) -> Connector:
        if channel not in self._connectors:
            self._connectors[channel] = connector_of(self.settings, channel)
        return self._connectors[channel]

    async def _open(self, store: ObjectStore) -> IntakePath:
        if self._intake is None:
            own = with_spool_of(self.settings, self.spool)
            intake = open_intake(own, numbering_of(own), pseudonym_key_of(own), store)
            self._intake = await self._stack.enter_async_context(intake)
        return self._intake


async def replay_all(
    settings: Settings, items: Sequence[Suspended], by: str, *, dry_run: bool, spool: str = "replay"
) -> list[Resolution]:
    """Read these again, one after the other; what became of each."""
    async with Reading(settings, spool) as reading:
        return [await reading.replay(item, by, dry_run=dry_run) for item in items]


async def discard_all(
    settings: Settings, items: Sequence[Suspended], reason: str, by: str, *, dry_run: bool
) -> list[Resolution]:
    """Put these away; what became of each."""
    return [await discard(settings, item, reason, by, dry_run=dry_run) for item in items]


def _ended(item: Suspended, action: str) -> Resolution:
    return _result(item, action, False, f"already {item.state} by {item.resolved_by}")


def _result(item: Suspended, action: str, done: bool, detail: str) -> Resolution:
    return Resolution.model_validate({"id": item.suspended_id, "action": action, "done": done, "detail": detail})
