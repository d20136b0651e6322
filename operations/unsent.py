"""Messages to customers that need somebody's eye: outcome unknown, refused, given up, come back, tried for long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, case, exists, select, text, union
from sqlalchemy.ext.asyncio import AsyncEngine

from operations.saying import Said
from schemas.tables.acknowledge import BOUNCES, OUTBOX
from schemas.tables.deduplicate import CASE_MEMBERS
from schemas.tables.reachability import UNDELIVERED_MESSAGES
from schemas.tables.sender import OUTBOX_ATTEMPTS
from schemas.tables.tasks import TASKS
from schemas.task import TaskKind

LOOK_BACK = timedelta(days=30)
"""Older ones are not listed: everybody whose message failed has had a task long since."""
_FAILED = text(
    "(outbox_attempts.state IN ('unknown', 'refused', 'given-up') "
    "OR (outbox_attempts.state = 'retry' AND outbox_attempts.attempt >= 3))"
)
"""As an index has it; one that still waits is shown from its third try on."""
_FOR_PEOPLE = (TaskKind.UNACKNOWLEDGED, TaskKind.UNKNOWN_DELIVERY)

TO_DO: Mapping[str, Said] = {
    "unknown": Said(
        "不确定是否已发出，系统不会再发。请核实后在任务中签字；不要自行重发。",
        "It may have gone out, so it is not sent again. Find out, then sign the task; do not send it by hand before.",
    ),
    "refused": Said(
        "所有方式均被拒收。请用其他联系方式告知顾客，并在任务中签字。",
        "Every way refused it. Tell the customer in another way and sign the task.",
    ),
    "given-up": Said(
        "渠道长时间未能发出，已停止重试。检查渠道设置，并人工告知顾客。",
        "The channel did not take it in time. Check the channel's settings and tell the customer yourself.",
    ),
    "bounced": Said(
        "发出后被退回：地址可能无效。请用其他联系方式告知顾客。",
        "It came back after it was sent: the address may be wrong. Tell the customer in another way.",
    ),
    "undelivered": Said(
        "发出后渠道报告未能送达。请用其他联系方式告知顾客。",
        "The channel reported that it could not be delivered. Tell the customer in another way.",
    ),
    "retry": Said(
        "多次未成功，将继续重试。若错误持续，检查渠道的账号与网络。",
        "Several tries failed; it is tried again. If it goes on, check the channel's account and network.",
    ),
}
"""State → what to do."""

_BOUNCED = exists().where(BOUNCES.c.outbox_id == OUTBOX.c.outbox_id)
_UNDELIVERED = exists().where(UNDELIVERED_MESSAGES.c.outbox_id == OUTBOX.c.outbox_id)
_STATE = case((_BOUNCED, "bounced"), (_UNDELIVERED, "undelivered"), else_=OUTBOX_ATTEMPTS.c.state)
_TOLD = exists().where(
    TASKS.c.complaint_id == OUTBOX.c.complaint_id, TASKS.c.kind.in_(_FOR_PEOPLE), TASKS.c.done_by.is_not(None)
)
_SEALED = exists().where(CASE_MEMBERS.c.complaint_id == OUTBOX.c.complaint_id, CASE_MEMBERS.c.sealed.is_(True))


@dataclass(frozen=True, slots=True)
class Unsent:
    """One of them, without its words and addresses."""

    outbox_id: UUID
    complaint_id: UUID
    tracking_number: str
    kind: str
    channel: str
    state: str
    tries: int
    error_class: str | None
    reason: str | None
    changed_at: datetime
    next_at: datetime

    @property
    def to_do(self) -> Said | None:
        """What a person does about it."""
        return TO_DO.get(self.state)


async def unsent(
    engine: AsyncEngine, now: datetime, state: str | None, *, sealed: bool, offset: int, limit: int
) -> list[Unsent]:
    """Return those nobody has dealt with, the latest change first. Those of sealed complaints only if asked for."""
    since = now - LOOK_BACK
    wanted = [_needs_somebody(since), OUTBOX_ATTEMPTS.c.changed_at >= since, ~_TOLD]
    if not sealed:
        wanted.append(~_SEALED)
    if state is not None:
        wanted.append(_STATE.in_([state]))
    rows = OUTBOX_ATTEMPTS.c
    statement = (
        select(
            OUTBOX.c.outbox_id, OUTBOX.c.complaint_id, OUTBOX.c.tracking_number, OUTBOX.c.kind,
            case((rows.channel.is_(None), OUTBOX.c.reply_channel), else_=rows.channel).label("channel"),
            _STATE.label("state"), rows.attempt.label("tries"), rows.error_class, rows.reason, rows.changed_at,
            rows.next_at,
        )
        .join_from(OUTBOX, OUTBOX_ATTEMPTS, rows.outbox_id == OUTBOX.c.outbox_id)
        .where(and_(*wanted))
        .order_by(rows.changed_at.desc(), OUTBOX.c.outbox_id)
    )  # fmt: skip
    async with engine.connect() as connection:
        found = await connection.execute(statement.offset(offset).limit(limit))
        return [Unsent(**row) for row in found.mappings()]


async def message_of(engine: AsyncEngine, outbox_id: UUID, *, sealed: bool) -> tuple[Row[Any], Row[Any] | None] | None:
    """Return the outbox row and its attempts row; None where there is none, or it is sealed and not asked for."""
    wanted = select(OUTBOX).where(OUTBOX.c.outbox_id == outbox_id)
    async with engine.connect() as connection:
        row = (await connection.execute(wanted if sealed else wanted.where(~_SEALED))).one_or_none()
        attempt = await connection.execute(select(OUTBOX_ATTEMPTS).where(OUTBOX_ATTEMPTS.c.outbox_id == outbox_id))
        return None if row is None else (row, attempt.one_or_none())


def _needs_somebody(since: datetime) -> ColumnElement[bool]:
    """By id, so that those are looked at alone which an index names: most messages went out."""
    failed = select(OUTBOX_ATTEMPTS.c.outbox_id).where(_FAILED, OUTBOX_ATTEMPTS.c.changed_at >= since)
    return OUTBOX_ATTEMPTS.c.outbox_id.in_(
        union(failed, select(BOUNCES.c.outbox_id), select(UNDELIVERED_MESSAGES.c.outbox_id))
    )
