"""The pile of deliveries nobody could read."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from infra.objects import open_store
from operations.pages.parts import OperationsParts
from operations.pages.piles.pile import Action, Bytes, Content, Overview, Row
from operations.pages.working import Desk
from operations.previews import preview
from operations.replaying import Gone, inbound_of
from operations.saying import Said
from operations.suspended import discard_all, meaning, replay_all
from schemas.commands import Resolution
from schemas.envelope import SEALED_CHANNELS
from schemas.records import Suspended

_SPOOL = "replay-pages"


@dataclass(frozen=True, slots=True)
class SuspendedPile:
    """Suspended items, grouped by their reason."""

    parts: OperationsParts
    desk: Desk
    name: str = "suspended"

    async def overview(self) -> Overview:
        """The open ones."""
        return await self.desk.suspended.view(_overview)

    async def row(self, item: UUID) -> Row | None:
        """One of them."""
        found = await self.desk.suspended.one(item)
        return _row(found) if found else None

    async def content(self, item: UUID) -> Content:
        """The delivery as it arrived."""
        found = await self.desk.suspended.one(item)
        if found is None:
            raise Gone("it is not there any more")
        inbound = await inbound_of(open_store(self.parts.settings), found)
        parts = (Bytes(str(index), part.content) for index, part in enumerate(inbound.parts, 1))
        return Content(
            preview(inbound.content_type, inbound.body),
            (Bytes("0", inbound.body), *parts),
            found.channel in SEALED_CHANNELS,
        )

    async def act(
        self, action: Action, items: Sequence[UUID], reason: str, by: str, *, dry_run: bool
    ) -> list[Resolution]:
        """Read them again, or put them away. One at a time in this process: the spool has one owner."""
        async with self.desk.acting:
            chosen = [found for one in items if (found := await self.desk.suspended.one(one))]
            settings = self.parts.settings
            if action == "replay":
                results = await replay_all(settings, chosen, by, dry_run=dry_run, spool=_SPOOL)
            else:
                results = await discard_all(settings, chosen, reason, by, dry_run=dry_run)
            state = "replayed" if action == "replay" else "discarded"
            for item, result in zip(chosen, results, strict=True):
                if result.done:
                    self.desk.suspended.put(item.model_copy(update={"state": state, "resolved_by": by}))
        return results


def _overview(items: list[Suspended]) -> Overview:
    return Overview.of(map(_row, items))


def _row(item: Suspended) -> Row:
    return Row(
        item=item.suspended_id,
        number=item.tracking_number,
        where=item.channel,
        since=item.received_at,
        group=item.reason,
        what=Said(*(words or item.reason for words in meaning(item.reason))),
        detail=item.detail,
        size_bytes=item.raw.size_bytes,
        state=item.state,
        resolved_by=item.resolved_by,
    )
