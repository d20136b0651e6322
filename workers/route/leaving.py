"""Who heard of a complaint in a case that it has left: they are told that it is gone, once each, in any order.

The revision that moves a complaint may be routed before those that were in the old case: other partitions, other
workers. So a move is noted under the lock of the old case, and who tells a department of the complaint there
afterwards takes it back at once.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.records import Classified
from schemas.tables.route import ROUTE_MOVES
from workers.bulk import insert_rows

_MOVES = text("SELECT case_id, complaint_id, revision FROM route_moves WHERE case_id = ANY(CAST(:cases AS uuid[]))")
_TOLD = text(
    "SELECT complaint_id, revision, CAST(decision AS text) AS decision FROM route_decisions "
    "WHERE complaint_id = ANY(CAST(:ids AS uuid[])) ORDER BY complaint_id, revision"
)
_LATEST = (
    "(case_id, complaint_id) DO UPDATE SET revision = greatest(route_moves.revision, excluded.revision), "
    "noted_at = excluded.noted_at"
)


class Left(BaseModel):
    """A case that a complaint has left with `revision`, and the departments that are told so."""

    case_id: UUID
    case_seq: int
    revision: int
    departments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One earlier revision: in which case, which departments heard of it (the responsible one first), what was left."""

    revision: int
    case_id: UUID | None
    departments: tuple[str, ...]
    left: tuple[Left, ...] = ()


@dataclass(slots=True)
class Leaving:
    """What a batch knows of moves, and what it adds. `moves`: (case, complaint) → the revision that left it."""

    moves: dict[tuple[UUID, UUID], int] = field(default_factory=dict)
    told: dict[UUID, list[Told]] = field(default_factory=dict)
    _new: dict[tuple[UUID, UUID], dict[str, Any]] = field(default_factory=dict)

    def department_before(self, complaint: Classified) -> str | None:
        """Who answers for this complaint in its case as far as the last revision said; None for nobody."""
        before = [one for one in self._earlier(complaint) if one.case_id in {None, complaint.case_id}]
        return before[-1].departments[0] if before else None

    def leave(self, complaint: Classified, now: Collection[str], at: datetime) -> tuple[Left, ...]:
        """The cases that departments must be told of: the one that this revision leaves, and the one it comes late to.

        `now` are the departments that hear of this revision in its own case.
        """
        return tuple(filter(lambda one: one.departments, self._left(complaint, now, at)))

    def tell(self, complaint: Classified, departments: tuple[str, ...], left: tuple[Left, ...]) -> None:
        """Remember what was said for later records of the batch."""
        said = Told(complaint.revision, complaint.case_id, departments, left)
        self.told.setdefault(complaint.complaint_id, []).append(said)

    async def store(self, connection: AsyncConnection) -> None:
        """Write the moves of the batch."""
        await insert_rows(connection, ROUTE_MOVES, list(self._new.values()), on_conflict=_LATEST)

    def _left(self, complaint: Classified, now: Collection[str], at: datetime) -> Iterable[Left]:
        link, subject = complaint.link, complaint.complaint_id
        old = link.moved_from
        if old is not None:
            before = [one for one in self._earlier(complaint) if one.case_id in {None, old}]
            heard = [department for one in before for department in one.departments]
            seq = link.moved_from_seq or complaint.case_seq
            departments = tuple(dict.fromkeys(heard))
            yield self._once(
                subject, Left(case_id=old, case_seq=seq, revision=complaint.revision, departments=departments)
            )
            self._note(old, subject, complaint.revision, at)
        gone = self.moves.get((complaint.case_id, subject), 0)
        if gone > complaint.revision:
            here_now = tuple(now)
            yield self._once(
                subject,
                Left(case_id=complaint.case_id, case_seq=complaint.case_seq, revision=gone, departments=here_now),
            )

    def _once(self, subject: UUID, left: Left) -> Left:
        """Without the departments that were told of this very move."""
        told = {
            department
            for one in self.told.get(subject, ())
            for before in one.left
            if (before.case_id, before.revision) == (left.case_id, left.revision)
            for department in before.departments
        }
        return left.model_copy(update={"departments": tuple(one for one in left.departments if one not in told)})

    def _note(self, case: UUID, subject: UUID, revision: int, at: datetime) -> None:
        self.moves[case, subject] = max(revision, self.moves.get((case, subject), 0))
        row = {"case_id": case, "complaint_id": subject, "revision": self.moves[case, subject], "noted_at": at}
        self._new[case, subject] = row

    def _earlier(self, complaint: Classified) -> list[Told]:
        earlier = (one for one in self.told.get(complaint.complaint_id, ()) if one.revision < complaint.revision)
        return sorted(earlier, key=lambda one: one.revision)


async def recall(
    connection: AsyncConnection, complaints: Collection[Classified], read: Callable[[int, str], Told]
) -> Leaving:
    """Read the moves out of the batch's cases, and what was said of complaints that move or come late or again.

    Call under the locks of the cases. `read` makes a `Told` of what a decision row holds.
    """
    cases = {one.case_id for one in complaints}
    found = await connection.execute(_MOVES, {"cases": sorted(cases)})
    leaving = Leaving({(row.case_id, row.complaint_id): row.revision for row in found})
    wanted = {
        one.complaint_id
        for one in complaints
        if one.revision > 1 or one.link.moved_from or (one.case_id, one.complaint_id) in leaving.moves
    }
    if wanted:
        for row in await connection.execute(_TOLD, {"ids": sorted(wanted)}):
            leaving.told.setdefault(row.complaint_id, []).append(read(row.revision, row.decision))
    return leaving
