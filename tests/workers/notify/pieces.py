"""Messages to customers, the stage of the tests, and the clock that has noted their complaints."""

from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Complaint
from schemas.identity import first_case_id, named_uuid
from schemas.messages import Message, MessageKind
from schemas.outcomes import OutboxResult
from schemas.policy import load_pack
from schemas.settings import AcknowledgeSettings
from tests.workers.pieces import NOON, PSEUDONYM_KEY, TOKEN_KEYS, incoming
from workers.clock import Clock
from workers.notify import Notify
from workers.notify.judging import Judge
from workers.notify.stage import Times
from workers.notify.words import NoticeWords
from workers.runtime.driver import run_batch
from workers.runtime.stage import Incoming

HOUR = timedelta(hours=1)
WORDS = NoticeWords(load_pack(), "https://c.example.com")
STAGE = Notify(
    Judge(frozenset({"support@us.example"}), AcknowledgeSettings().robots, PSEUDONYM_KEY),
    WORDS,
    Times(24 * HOUR, 20 * HOUR, timedelta(minutes=10)),
    TOKEN_KEYS,
)


def message(
    of: Complaint, occasion: str = "accepted", kind: MessageKind = MessageKind.NOTICE, **fields: Any
) -> Message:
    """What the customer of a complaint is to be told."""
    case = fields.pop("case_id", first_case_id(of.complaint_id))
    given = {
        "message_id": named_uuid("message", str(case), kind, occasion),
        "kind": kind,
        "complaint_id": of.complaint_id,
        "case_id": case,
        "tracking_number": of.tracking_number,
        "occasion": occasion,
        "by": "quality",
        "at": NOON,
    }
    return Message.model_validate(given | fields)


def answer(of: Complaint, text: str = "已为您退款 20 元", **fields: Any) -> Message:
    """The department's answer."""
    return message(of, "answered", values={"text_for_customer": text}, **fields)


async def note(engine: AsyncEngine, *complaints: Complaint) -> None:
    """Let the clock write the promises of these complaints."""
    await run_batch(Clock(timedelta(hours=24)), engine, [incoming(one) for one in complaints])


async def notify(engine: AsyncEngine, *messages: Message | Incoming[Message]) -> list[OutboxResult]:
    """Run the stage over the messages and return the results it published at once."""
    items = [one if isinstance(one, Incoming) else incoming(one) for one in messages]
    emits = await run_batch(STAGE, engine, items)
    return [OutboxResult.model_validate(emit.record.model_dump()) for emit in emits]
