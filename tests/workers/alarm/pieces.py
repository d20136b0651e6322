"""The alarm stage of the tests, and complaints that name a danger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Complaint, Sender, Stated
from schemas.policy import load_pack
from schemas.records import Escalation
from tests.workers.pieces import NOON, PSEUDONYM_KEY, complaint
from workers.alarm import Alarm
from workers.classify.sensing import DangerSense
from workers.runtime.driver import incoming, run_batch

PACK = load_pack()
SENSE = DangerSense(PACK)


def stage() -> Alarm:
    """The stage with the rules of the default pack."""
    return Alarm(PACK, SENSE, PSEUDONYM_KEY)


def ill(phone: str = "", **fields: Any) -> Complaint:
    """Somebody fell ill; another phone is another person."""
    sender = {"sender": Sender(phones=(phone,))} if phone else {}
    return complaint(**{"text": "吃了你们的熟食上吐下泻，去医院挂了急诊"} | sender | fields)


def of_batch(number: str, phone: str, **fields: Any) -> Complaint:
    """A safety case that states a batch number."""
    return ill(phone=phone, stated=Stated(batch_no=number), **fields)


async def alarms(
    engine: AsyncEngine, records: Sequence[Complaint], *, first_offset: int = 0, at: datetime = NOON
) -> list[Escalation]:
    """What the stage writes for these records, in one batch; each has an offset of its own."""
    items = [incoming(record, first_offset + number, at=at) for number, record in enumerate(records)]
    emitted = await run_batch(stage(), engine, items)
    return [one.record for one in emitted if isinstance(one.record, Escalation)]
