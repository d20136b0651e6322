"""Collects what every stage left about one complaint and puts it into the order of time."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from operations.assembly import pack_of
from operations.history import conversing, finding
from operations.history.lines import lines_of
from operations.history.traces import Traces, traces_of
from operations.vocabulary import Lang
from operations.wording import Wording
from schemas.commands import HistoryReport
from schemas.conversation import ConversationLine
from schemas.errors import InvalidRequest
from schemas.identity import tracking_number
from schemas.records import Deduplicated
from schemas.settings import Settings


async def history_of(
    settings: Settings, engine: AsyncEngine, asked: str, *, full: bool, lang: Lang = "zh"
) -> HistoryReport:
    """Return the history of a tracking number or complaint id in a language, personal data masked unless `full`.

    Raises InvalidRequest when nothing is known of it.
    """
    subject = await finding.subject_of(settings, engine, asked)
    traces = await traces_of(settings, engine, subject)
    say = Wording(pack_of(settings), lang)
    lines = sorted(lines_of(traces, say, full=full), key=lambda line: line.at)
    if not lines:
        raise InvalidRequest(f"nothing is known of {asked}")
    turns, left_out = await _conversation(settings, engine, say, traces.case_id, subject, full)
    return HistoryReport(
        complaint_id=subject,
        tracking_number=_number(settings, traces, subject),
        case_id=traces.case_id,
        masked=not full,
        history=tuple(lines),
        conversation=turns,
        conversation_left_out=left_out,
    )


async def _conversation(
    settings: Settings, engine: AsyncEngine, say: Wording, case: UUID | None, subject: UUID, full: bool
) -> tuple[tuple[ConversationLine, ...], int]:
    if case is None:
        return (), 0
    return await conversing.conversation_of(settings, engine, say, case, subject, full=full)


async def newest_of(settings: Settings, engine: AsyncEngine, asked: str) -> Deduplicated:
    """Return the newest revision of a complaint with its case, unmasked.

    Raises InvalidRequest when nothing is known of it, or nothing has been decided yet.
    """
    traces = await traces_of(settings, engine, await finding.subject_of(settings, engine, asked))
    found = [record for _, record in traces.records if isinstance(record, Deduplicated)]
    if not found:
        raise InvalidRequest(f"{asked}: not linked to a case yet, try again in a moment")
    newest = max(found, key=lambda record: record.revision)
    own = set(Deduplicated.model_fields)
    return Deduplicated.model_validate(newest.model_dump(include=own))


def _number(settings: Settings, traces: Traces, subject: UUID) -> str:
    for row in traces.promises:
        return str(row.tracking_number)
    if traces.complaint:
        return traces.complaint[1].tracking_number
    key = settings.keys.number
    return tracking_number(key.get_secret_value().encode(), subject) if key else ""
