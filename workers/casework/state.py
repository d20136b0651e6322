"""What the casework stage keeps: cases, what it knows of them, what happened, what it ordered; a batch at a time."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.casework import CaseState, EventVerdict, Why
from schemas.tables.casework import CASE_EVENTS, CASE_STATES, CASEWORK_FACTS, CASEWORK_ORDERS
from schemas.tables.deduplicate import CASE_MEMBERS, CASES
from workers.bulk import insert_rows
from workers.casework.cases import Case
from workers.casework.reports import Judged, Report

_WAITING = text(
    "SELECT * FROM case_events WHERE case_id = ANY(CAST(:cases AS uuid[])) AND verdict IN ('unknown-case', 'foreign') "
    "AND why = ANY(CAST(:why AS text[])) ORDER BY at, entry"
)
_PROMOTE = text(
    "UPDATE case_events e SET verdict = given.verdict, why = given.why FROM unnest(CAST(:ids AS uuid[]), "
    "CAST(:verdicts AS text[]), CAST(:whys AS text[])) AS given(event_id, verdict, why) "
    "WHERE e.event_id = given.event_id"
)
_BEGIN = text("INSERT INTO casework_began (name, began_at) VALUES (:name, :now) ON CONFLICT DO NOTHING")
_BEGAN = text("SELECT began_at FROM casework_began WHERE name = :name")
_MAY_BECOME = (Why.NOT_ROUTED_YET.value, Why.NOT_THEIR_CASE.value)


def _replacing(table: Any, key: str) -> str:
    names = [column.name for column in table.columns if column.name != key]
    return f"({key}) DO UPDATE SET " + ", ".join(f'"{name}" = excluded."{name}"' for name in names)


class Member(NamedTuple):
    """A complaint of a case, by what deduplicate keeps of it."""

    complaint_id: UUID
    tracking_number: str
    of: UUID | None
    same_recipient: bool
    is_silent: bool
    may_know: bool = False
    """Opened the case, or is proven to come from the sender of an earlier complaint of it."""


@dataclass(slots=True)
class Facts:
    """What is known of a case besides its state: its earliest complaint, and who has a copy."""

    opener: dict[str, Any] = field(default_factory=dict)
    copies: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Memory:
    """What was stored of the cases of a batch, and what the batch adds."""

    cases: dict[UUID, Case] = field(default_factory=dict)
    facts: dict[UUID, Facts] = field(default_factory=dict)
    members: dict[UUID, list[Member]] = field(default_factory=dict)
    case_of: dict[UUID, UUID] = field(default_factory=dict)
    waiting: dict[UUID, dict[UUID, tuple[Report, Why]]] = field(default_factory=dict)
    first_run: datetime | None = None
    """When the stage first ran here; None: nothing was routed before."""
    _changed: set[UUID] = field(default_factory=set)
    _learned: set[UUID] = field(default_factory=set)
    _events: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    _settled: dict[UUID, Judged] = field(default_factory=dict)
    _orders: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    def keep(self, case: Case) -> None:
        """Note that a case is new or has changed."""
        self.cases[case.case_id] = case
        self._changed.add(case.case_id)

    def learn(self, case_id: UUID) -> Facts:
        """What is known of a case, to be changed."""
        self._learned.add(case_id)
        return self.facts.setdefault(case_id, Facts())

    def known(self, case_id: UUID) -> Facts:
        """What is known of a case, to be read."""
        return self.facts.get(case_id, Facts())

    def note(self, report: Report, judged: Judged) -> None:
        """Keep a report with what became of it; one that may become more waits."""
        self._events[report.event_id] = {
            "event_id": report.event_id,
            "case_id": report.case_id,
            "complaint_id": report.complaint_id,
            "kind": report.status.value,
            "department": report.department,
            "at": report.at,
            "noted_at": report.noted_at,
            "by": report.by,
            "text_for_customer": report.text,
            "internal_note": report.note,
            "suggested_department": report.suggested,
            "verdict": judged.verdict.value,
            "why": judged.why.value if judged.why else None,
        }
        if judged.why is not None and judged.why.value in _MAY_BECOME:
            self.waiting.setdefault(report.case_id, {})[report.event_id] = report, judged.why

    def settle(self, report: Report, judged: Judged) -> None:
        """A report that waited has become something."""
        self.waiting[report.case_id].pop(report.event_id)
        event = self._events.get(report.event_id)
        if event is None:
            self._settled[report.event_id] = judged
        else:
            event["verdict"], event["why"] = judged.verdict.value, judged.why.value if judged.why else None

    def happened(self, event_id: UUID, case_id: UUID, kind: str, at: datetime, noted_at: datetime, **more: Any) -> None:
        """Keep what happened to a case besides reports; `more` are other columns, `department` and `by` among them."""
        blank = ("complaint_id", "text_for_customer", "internal_note", "suggested_department", "why")
        row = {"event_id": event_id, "case_id": case_id, "kind": kind, "at": at, "noted_at": noted_at}
        self._events[event_id] = row | dict.fromkeys(blank) | {"verdict": EventVerdict.APPLIED.value} | more

    def order(self, order_id: UUID, kind: str, case: Case, department: str, at: datetime) -> None:
        """Have the pipeline follow: each complaint of the case gets a revision."""
        row = {"order_id": order_id, "case_id": case.case_id, "kind": kind, "department": department}
        self._orders[order_id] = row | {"previous": case.department, "at": at}

    async def store(self, connection: AsyncConnection) -> None:
        """Write what the batch added."""
        cases = [asdict(self.cases[one]) for one in sorted(self._changed)]
        await insert_rows(connection, CASE_STATES, cases, on_conflict=_replacing(CASE_STATES, "case_id"))
        facts = [
            {"case_id": one, "opener": self.facts[one].opener, "copies": sorted(self.facts[one].copies)}
            for one in sorted(self._learned)
        ]
        await insert_rows(connection, CASEWORK_FACTS, facts, on_conflict=_replacing(CASEWORK_FACTS, "case_id"))
        if self._settled:
            settled = sorted(self._settled.items())
            whys = [one.why.value if one.why else None for _, one in settled]
            given = {"ids": [event for event, _ in settled], "verdicts": [one.verdict.value for _, one in settled]}
            await connection.execute(_PROMOTE, given | {"whys": whys})
        await insert_rows(connection, CASE_EVENTS, list(self._events.values()))
        await insert_rows(connection, CASEWORK_ORDERS, [self._orders[one] for one in sorted(self._orders)])


async def began(connection: AsyncConnection, stage: str, now: Callable[[], datetime]) -> datetime:
    """When the stage first ran on this database; the first call notes it."""
    found: datetime | None = await connection.scalar(_BEGAN, {"name": stage})
    if found is None:
        await connection.execute(_BEGIN, {"name": stage, "now": now()})
        found = await connection.scalar(_BEGAN, {"name": stage})
    return found or now()


async def recall(connection: AsyncConnection, cases: Iterable[UUID], complaints: Collection[UUID]) -> Memory:
    """Read what is kept of these cases, and of the cases of these complaints. Call after the locks are taken.

    Rows of cases are locked too: an answer of a customer names its complaint only, so that it comes without the lock
    of its case.
    """
    memory, members = Memory(), CASE_MEMBERS.c
    if complaints:
        found = select(members.complaint_id, members.case_id).where(members.complaint_id.in_(sorted(complaints)))
        memory.case_of = {row.complaint_id: row.case_id for row in await connection.execute(found)}
    wanted = sorted({*cases, *memory.case_of.values()})
    states = select(CASE_STATES).where(CASE_STATES.c.case_id.in_(wanted)).order_by(CASE_STATES.c.case_id)
    for row in await connection.execute(states.with_for_update()):
        memory.cases[row.case_id] = Case(**row._mapping)
    for row in await connection.execute(select(CASEWORK_FACTS).where(CASEWORK_FACTS.c.case_id.in_(wanted))):
        memory.facts[row.case_id] = Facts(dict(row.opener), set(row.copies))
    is_opener = (CASES.c.opened_by == members.complaint_id).label("is_opener")
    joined = CASE_MEMBERS.outerjoin(CASES, CASES.c.case_id == members.case_id)
    together = select(CASE_MEMBERS, is_opener).select_from(joined)
    of_cases = together.where(members.case_id.in_(wanted)).order_by(members.case_id, members.case_seq)
    for row in await connection.execute(of_cases):
        silent = row.is_automatic or row.is_referral or row.sealed
        may_know = bool(row.is_opener or row.disclosable)
        member = Member(row.complaint_id, row.tracking_number or "", row.of, row.same_recipient, silent, may_know)
        memory.members.setdefault(row.case_id, []).append(member)
    for row in await connection.execute(_WAITING, {"cases": wanted, "why": list(_MAY_BECOME)}):
        memory.waiting.setdefault(row.case_id, {})[row.event_id] = _report(row), Why(row.why)
    return memory


def _report(row: Any) -> Report:
    return Report(
        event_id=row.event_id,
        case_id=row.case_id,
        complaint_id=row.complaint_id,
        status=CaseState(row.kind),
        department=row.department,
        at=row.at,
        noted_at=row.noted_at,
        by=row.by,
        text=row.text_for_customer,
        note=row.internal_note,
        suggested=row.suggested_department,
    )
