"""The words of a classified record on the log, with every personal value masked before they go anywhere.

Source: aiokafka 0.14.0.
"""

from collections.abc import Iterator

from aiokafka import TopicPartition
from pydantic import ConfigDict, ValidationError

from schemas.base import Record, Text
from schemas.complaint import Sender, SubmittedBy
from schemas.masking import Known, mask_text
from schemas.settings import KafkaSettings
from workers.looking import looker

_FETCH_MS = 10_000


class WordsView(Record):
    """What somebody wrote, and what says who they are."""

    model_config = ConfigDict(extra="ignore")

    sender: Sender | None = None
    submitted_by: SubmittedBy = SubmittedBy()
    reply_to: Text | None = None
    subject: Text | None = None
    text: Text = ""
    entry: str = ""
    sealed: bool = False

    def masked(self) -> str:
        """Subject and text without personal data; empty of a sealed report."""
        if self.sealed:
            return ""
        known = Known(self._known())
        subject = self.subject if self.entry != "call" else None
        return "\n".join(mask_text(part, known) for part in (subject, self.text) if part and part.strip())

    def _known(self) -> Iterator[str]:
        sender, hands = self.sender, self.submitted_by
        if sender is not None:
            single = (sender.name, sender.openid, sender.customer_no, sender.address)
            yield from filter(None, (*single, *sender.phones, *sender.emails))
        yield from filter(None, (hands.name, hands.identifier, self.reply_to))


async def words_at(settings: KafkaSettings, topic: str, partition: int, offset: int) -> str:
    """Return the masked words of the record at a place; empty when retention has removed it."""
    place = TopicPartition(topic, partition)
    async with looker(settings) as consumer:
        consumer.assign([place])
        first, end = await consumer.beginning_offsets([place]), await consumer.end_offsets([place])
        if not first[place] <= offset < end[place]:
            return ""
        consumer.seek(place, offset)
        found = (await consumer.getmany(place, timeout_ms=_FETCH_MS, max_records=1)).get(place, [])
    if not found or found[0].offset != offset:
        return ""
    try:
        return WordsView.model_validate_json(found[0].value or b"").masked()
    except ValidationError:
        return ""
