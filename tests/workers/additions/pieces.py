"""The additions stage of the tests, records through it as the loop would put them, and what lies on the topic then."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.additions import Addition
from schemas.base import Record
from schemas.complaint import Attachment, Complaint, RawRef
from schemas.identity import named_uuid
from schemas.settings import AdditionsSettings
from schemas.wire import Naming
from tests.workers.pieces import NOON, PSEUDONYM_KEY, complaint, incoming
from workers.additions import Additions
from workers.runtime.decide import decide_batch
from workers.runtime.encoding import Encoder
from workers.runtime.outcome import Fate
from workers.runtime.stage import Incoming

HOUR = timedelta(hours=1)
STAGE = Additions(PSEUDONYM_KEY, AdditionsSettings())


def pending(reference: str = "media-1", media_type: str = "audio/amr", **fields: Any) -> Attachment:
    """A file that its channel announced."""
    given: dict[str, Any] = {"attachment_id": named_uuid("file", reference), "size_bytes": 0, "sha256": ""}
    return Attachment(**given | {"media_type": media_type, "state": "pending", "reference": reference} | fields)


def stored(file: Attachment) -> Attachment:
    """The same file once it is ours."""
    return file.model_copy(update={"state": "stored", "size_bytes": 3, "sha256": "1" * 64, "reference": None})


def addition(to: Complaint, **fields: Any) -> Addition:
    """Something new for a complaint, an hour after noon."""
    given = {"addition_id": uuid4(), "complaint_id": to.complaint_id, "at": NOON + HOUR}
    return Addition.model_validate(given | fields)


def referral(version: str, *, sheet: str, day: int = 0, number: str = "1", **fields: Any) -> Complaint:
    """A row of an authority's sheet: the number identifies, the version says what it holds."""
    one = complaint(f"referral-{number}", channel="regulator_12315", account="bureau", text="", entry="file")
    update = {
        "text": f"内容 {version}",
        "version": version,
        "ingested_at": NOON + timedelta(days=day),
        "raw": RawRef(sha256="0" * 64, size_bytes=1, delivery_id=named_uuid("sheet", sheet)),
    }
    return one.model_copy(update=update | fields)


def items(*records: Record, at: datetime = NOON) -> list[Incoming[Any]]:
    """Records as they lie in the log, each at an offset of its own."""
    return [incoming(one, at=at) for one in records]


async def settle(engine: AsyncEngine, batch: Sequence[Incoming[Any]], stage: Additions = STAGE) -> list[Complaint]:
    """Put a batch through the stage as the loop does; return the revisions it writes."""
    outcomes = await decide_batch(stage, engine, batch, Encoder(Naming()))
    assert not any(one.fate is Fate.DEAD_LETTER for one in outcomes)
    return [Complaint.model_validate_json(out.value) for one in outcomes for out in one.outgoing]


async def through(engine: AsyncEngine, *records: Record, at: datetime = NOON) -> list[Complaint]:
    """Put records through the stage in one batch; return the revisions it writes."""
    return await settle(engine, items(*records, at=at))


def numbers(revisions: Sequence[Complaint]) -> list[tuple[UUID, int]]:
    """Which complaints and revisions they are."""
    return [(one.complaint_id, one.revision) for one in revisions]
