"""The pile of records a stage could not process."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from operations.dead_letters import discard_all, place_of, replay_all
from operations.pages.parts import OperationsParts
from operations.pages.piles.pile import Action, Bytes, Content, Overview, Row
from operations.pages.working import Desk
from operations.previews import preview
from operations.reading import reader
from operations.replaying import Gone, fetch_original
from operations.saying import Said
from schemas.commands import Resolution
from schemas.envelope import SEALED_CHANNELS
from schemas.records import DeadLetter

_SEALED = re.compile(
    rb'"sealed"\s*:\s*true|"channel"\s*:\s*"(?:%s)"' % "|".join(map(re.escape, SEALED_CHANNELS)).encode()
)


@dataclass(frozen=True, slots=True)
class LetterPile:
    """Dead letters, grouped by stage and class of error."""

    parts: OperationsParts
    desk: Desk
    name: str = "dead-letters"

    async def overview(self) -> Overview:
        """The open ones."""
        return await self.desk.letters.view(_overview)

    async def row(self, item: UUID) -> Row | None:
        """One of them."""
        found = await self.desk.letters.one(item)
        return _row(found) if found else None

    async def content(self, item: UUID) -> Content:
        """The record that failed, from its topic."""
        found = await self.desk.letters.one(item)
        if found is None:
            raise Gone("it is not there any more")
        async with reader(self.parts.settings.kafka) as consumer:
            record = await fetch_original(consumer, found)
        value = record.value or b""
        return Content(preview("application/json", value), (Bytes("0", value),), _SEALED.search(value) is not None)

    async def act(
        self, action: Action, items: Sequence[UUID], reason: str, by: str, *, dry_run: bool
    ) -> list[Resolution]:
        """Send them again, or put them away."""
        async with self.desk.acting:
            chosen = [found for one in items if (found := await self.desk.letters.one(one))]
            work = replay_all if action == "replay" else discard_all
            results = await work(self.parts.settings, chosen, reason, by, dry_run=dry_run)
            state = "replayed" if action == "replay" else "discarded"
            for letter, result in zip(chosen, results, strict=True):
                if result.done:
                    self.desk.letters.put(letter.model_copy(update={"state": state, "resolved_by": by}))
        return results


def _overview(letters: list[DeadLetter]) -> Overview:
    return Overview.of(map(_row, letters))


def _row(letter: DeadLetter) -> Row:
    return Row(
        item=letter.dead_letter_id,
        number=str(letter.complaint_id or ""),
        where=letter.stage,
        since=letter.first_seen,
        group=f"{letter.stage}: {letter.error_class}",
        what=Said(
            f"环节 {letter.stage} 无法处理这条记录（{letter.error_class}）",
            f"the stage {letter.stage} could not process this record ({letter.error_class})",
        ),
        detail=f"{letter.error} · {place_of(letter)}",
        size_bytes=letter.value_bytes,
        attempt=letter.attempt,
        state=letter.state,
        resolved_by=letter.resolved_by,
    )
