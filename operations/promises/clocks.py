"""All promise clocks at one look: what is owed by time left on each, and the list behind each number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from operations.promises import answers
from operations.promises.board import BANDS, ClockRow, PromiseBoard
from operations.promises.forecasting import Flow, forecast
from operations.promises.owed import Awaits, Owed, OwedNow
from operations.saying import Said
from operations.vocabulary import CLOCK_NAMES
from schemas.policy import PolicyPack
from schemas.tables.casework import CASE_STATES
from schemas.tables.clock import PROMISES
from schemas.tables.deduplicate import CASE_MEMBERS
from schemas.tables.route import ROUTE_CASES

ACKNOWLEDGEMENT, ACCEPTANCE = "acknowledgement", "acceptance"
_FROM: dict[str, timedelta] = {
    "over-12h": timedelta(hours=12),
    "6h-12h": timedelta(hours=6),
    "1h-6h": timedelta(hours=1),
    "under-1h": timedelta(0),
}
"""Band → more than this is left."""
_TITLES = {
    ACKNOWLEDGEMENT: Said("首次回执（24 小时）", "acknowledgement (24 h)"),
    ACCEPTANCE: Said("部门接收", "acceptance by a department"),
}
_ANSWERS = {
    "referral": ("监管部门写明的期限", "date written by an authority"),
    "referral-reply": ("监管转办答复", "answer to a referral"),
    "complex": ("复杂投诉答复", "answer to a complex complaint"),
    "legal-reply": ("法律函件答复", "answer to a legal notice"),
    "mediation-hearing": ("调解会", "mediation hearing"),
    "mediation-end": ("调解结束", "end of mediation"),
    "follow-up": ("回访", "follow-up"),
}
_AWAITED = {
    Awaits.PIPELINE: Said("流水线，第 20 小时由补发程序", "the pipeline, at hour 20 the sweeper"),
    Awaits.SENDER: Said("发送程序", "the sender"),
    Awaits.SWEEPER: Said("补发程序：内容无法读取", "the sweeper: it could not be read"),
    Awaits.PERSON: Said("人工：不确定消息是否已发出", "a person: it is not known whether the message went out"),
}
_UNACCEPTED = and_(
    CASE_STATES.c.accepted_at.is_(None), CASE_STATES.c.accept_by.is_not(None), CASE_STATES.c.closed_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class ListedPromise:
    """One complaint behind a number, without personal data. `department` is None while it has none."""

    tracking_number: str
    channel: str
    department: str | None
    due_at: datetime
    waits_for: Said


def band_of(left: timedelta) -> str:
    """The band of a time left; exactly 12 h is not more than 12 h."""
    return next((band for band, above in _FROM.items() if left > above), "breached")


async def board(engine: AsyncEngine, now: datetime, pack: PolicyPack) -> PromiseBoard:
    """Look once, at the cost of all promises. A process that looks again and again keeps an `OwedNow`."""
    owed = OwedNow()
    async with engine.connect() as connection:
        while not owed.is_whole:
            await owed.refresh(connection, now)
        return await board_of(connection, owed, now, pack, Flow(None))


async def board_of(
    connection: AsyncConnection,
    owed: OwedNow,
    now: datetime,
    pack: PolicyPack,
    flow: Flow,
    answers_owed: Mapping[str, dict[str, int]] = MappingProxyType({}),
) -> PromiseBoard:
    """The clocks of what is owed, of what departments have to accept, and of answers as `answers.counted` found."""
    clocks = (
        ClockRow(ACKNOWLEDGEMENT, _TITLES[ACKNOWLEDGEMENT], counts(one.due_at - now for one in owed.all)),
        ClockRow(ACCEPTANCE, _acceptance_title(pack), await _acceptance(connection, now)),
        *(ClockRow(clock, _answer_title(clock), found) for clock, found in answers_owed.items()),
    )
    return PromiseBoard(now, clocks, forecast(owed.all, now, flow), owed.is_whole)


def counts(left: Iterable[timedelta]) -> dict[str, int]:
    """How many are in each band."""
    found = dict.fromkeys(BANDS, 0)
    for one in left:
        found[band_of(one)] += 1
    return found


async def listed(
    connection: AsyncConnection, owed: OwedNow, now: datetime, clock: str, band: str, limit: int
) -> Sequence[ListedPromise]:
    """The complaints behind one number, the most urgent first. KeyError for a band there is not."""
    if band not in BANDS:
        raise KeyError(band)
    if clock == ACKNOWLEDGEMENT:
        return await _owed_in(connection, owed, now, band, limit)
    if clock == ACCEPTANCE:
        return await _unaccepted_in(connection, now, band, limit)
    waits = Said("部门答复", "the department to answer")
    return [
        ListedPromise(one.tracking_number, one.channel, one.department, one.due_at, waits)
        for one in await answers.listed(connection, now, clock, band, limit)
    ]


async def _owed_in(
    connection: AsyncConnection, owed: OwedNow, now: datetime, band: str, limit: int
) -> Sequence[ListedPromise]:
    inside = sorted((one for one in owed.all if band_of(one.due_at - now) == band), key=lambda one: one.due_at)[:limit]
    departments = await _departments(connection, inside)
    return [
        ListedPromise(
            one.tracking_number, one.channel, departments.get(one.subject_id), one.due_at, _AWAITED[one.awaits]
        )
        for one in inside
    ]


async def _departments(connection: AsyncConnection, of: Sequence[Owed]) -> dict[Any, str]:
    found = await connection.execute(
        select(CASE_MEMBERS.c.complaint_id, ROUTE_CASES.c.department)
        .join(ROUTE_CASES, ROUTE_CASES.c.case_id == CASE_MEMBERS.c.case_id)
        .where(CASE_MEMBERS.c.complaint_id.in_([one.subject_id for one in of]))
    )
    return {row.complaint_id: row.department for row in found}


async def _acceptance(connection: AsyncConnection, now: datetime) -> dict[str, int]:
    """Counted in the database: departments that never report leave all their cases here."""
    columns = [func.count().filter(_in_band(band, now)).label(band.replace("-", "_")) for band in BANDS]
    row = (await connection.execute(select(*columns).where(_UNACCEPTED))).one()
    return dict(zip(BANDS, map(int, row), strict=True))


async def _unaccepted_in(connection: AsyncConnection, now: datetime, band: str, limit: int) -> Sequence[ListedPromise]:
    cases = (
        select(CASE_STATES.c.case_id, CASE_STATES.c.department, CASE_STATES.c.accept_by)
        .where(_UNACCEPTED, _in_band(band, now))
        .order_by(CASE_STATES.c.accept_by)
        .limit(limit)
    ).subquery()
    first = (
        select(PROMISES.c.tracking_number, PROMISES.c.channel, cases)
        .join_from(cases, CASE_MEMBERS, cases.c.case_id == CASE_MEMBERS.c.case_id)
        .join(PROMISES, PROMISES.c.subject_id == CASE_MEMBERS.c.complaint_id)
        .where(CASE_MEMBERS.c.case_seq == 1)
        .order_by(cases.c.accept_by)
    )
    return [_unaccepted(row) for row in await connection.execute(first)]


def _unaccepted(row: Row[Any]) -> ListedPromise:
    waits = Said("部门接收", "the department to accept it")
    return ListedPromise(row.tracking_number, row.channel, row.department, row.accept_by, waits)


def _in_band(band: str, now: datetime) -> ColumnElement[bool]:
    """Whether the time left until acceptance lies in the band."""
    due = CASE_STATES.c.accept_by
    if band == "breached":
        return due <= now
    above = now + _FROM[band]
    longer = [limit for limit in _FROM.values() if limit > _FROM[band]]
    return and_(due > above, due <= now + min(longer)) if longer else due > above


def _answer_title(clock: str) -> Said:
    zh, en = {**CLOCK_NAMES, **_ANSWERS}.get(clock, (clock, clock.replace("-", " ")))
    return Said(zh, en)


def _acceptance_title(pack: PolicyPack) -> Said:
    title, hours = _TITLES[ACCEPTANCE], pack.not_accepted_after.working_hours
    return replace(title, zh=f"{title.zh}（{hours} 工作小时）", en=f"{title.en} ({hours} working hours)")
