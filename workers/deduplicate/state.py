"""What the deduplicate stage keeps: reading candidates and writing members, a fixed number of statements a batch."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables.deduplicate import CASE_MEMBERS, CASES, COMPLAINT_PRINTS, LINK_KEYS
from workers.bulk import insert_rows
from workers.deduplicate.facts import Facts
from workers.deduplicate.findings import Member
from workers.deduplicate.identifiers import Identifiers
from workers.deduplicate.shingles import TextPrint

NEWEST_OF_A_KEY = 20
"""Candidates read per key: a key that thousands share (a list's Message-ID) must not slow everybody down."""

_BY_NUMBER_OR_ID = text(
    "SELECT m.tracking_number, m.complaint_id, m.case_id, m.case_seq, m.verdict, m.of, m.account, m.received_at, "
    "m.is_automatic, m.is_referral, m.sealed, m.disclosable, m.same_recipient, m.repeat_count, p.identity, p.facts, "
    "p.shingles "
    "FROM case_members m LEFT JOIN complaint_prints p ON p.complaint_id = m.complaint_id "
    "WHERE m.tracking_number = ANY(CAST(:numbers AS text[])) OR m.complaint_id = ANY(CAST(:ids AS uuid[]))"
)
_BY_KEY = text(
    "SELECT wanted.key, newest.complaint_id FROM unnest(CAST(:keys AS text[])) AS wanted(key) "  # noqa: S608 - constant
    "CROSS JOIN LATERAL (SELECT k.complaint_id FROM link_keys k WHERE k.key = wanted.key "
    f"ORDER BY k.received_at DESC, k.complaint_id DESC LIMIT {NEWEST_OF_A_KEY}) AS newest"
)
_LOCK_CASES = text(
    "SELECT case_id, last_seq FROM cases WHERE case_id = ANY(CAST(:cases AS uuid[])) ORDER BY case_id FOR UPDATE"
)
_COUNT_ON = text(
    "UPDATE cases SET last_seq = given.last_seq "
    "FROM unnest(CAST(:cases AS uuid[]), CAST(:numbers AS int[])) AS given(case_id, last_seq) "
    "WHERE cases.case_id = given.case_id"
)


@dataclass(slots=True)
class Memory:
    """What the database knew when the batch began, and what the batch has decided since."""

    ids: dict[UUID, Member] = field(default_factory=dict)
    numbers: dict[str, Member] = field(default_factory=dict)
    keys: defaultdict[str, list[Member]] = field(default_factory=lambda: defaultdict(list))

    def remember(self, member: Member, tracking_number: str | None, keys: Iterable[str]) -> None:
        """Let later records of the batch find this one."""
        self.ids[member.complaint_id] = member
        if tracking_number is not None:
            self.numbers[tracking_number] = member
        for key in keys:
            self.keys[key].append(member)


async def recall(
    connection: AsyncConnection, ids: Sequence[UUID], numbers: Sequence[str], keys: Sequence[str]
) -> Memory:
    """Read every complaint that the batch's ids, tracking numbers and keys lead to. Call after the locks are taken."""
    memory = Memory()
    found = [(row[0], row[1]) for row in await connection.execute(_BY_KEY, {"keys": keys})] if keys else []
    wanted = {"ids": list({*ids, *(complaint for _, complaint in found)}), "numbers": numbers}
    for row in await connection.execute(_BY_NUMBER_OR_ID, wanted):
        memory.remember(_member(row), row[0], ())
    for key, complaint in found:
        if member := memory.ids.get(complaint):
            memory.keys[key].append(member)
    return memory


@dataclass(slots=True)
class NewMember:
    """One complaint to be written, with its keys; `case_seq` is given when the case is locked."""

    member: Member
    tracking_number: str | None
    keys: tuple[str, ...]
    case_seq: int = 0


async def lock_cases(connection: AsyncConnection, cases: Iterable[UUID]) -> dict[UUID, int]:
    """Lock these cases in the order of their ids until the transaction ends; return the last case_seq of each."""
    wanted = sorted(set(cases))
    if not wanted:
        return {}
    return {row.case_id: row.last_seq for row in await connection.execute(_LOCK_CASES, {"cases": wanted})}


async def store(
    connection: AsyncConnection,
    members: Sequence[NewMember],
    opened: Mapping[UUID, tuple[UUID, datetime]],
    last_seq: Mapping[UUID, int],
) -> None:
    """Write the batch: cases it opened (case_id → opener, time), the new counters of all, members and keys."""
    await insert_rows(
        connection,
        CASES,
        [
            {"case_id": case, "opened_by": opener, "opened_at": at, "last_seq": last_seq[case]}
            for case, (opener, at) in opened.items()
        ],
    )
    grown = [case for case in last_seq if case not in opened]
    if grown:
        await connection.execute(_COUNT_ON, {"cases": grown, "numbers": [last_seq[case] for case in grown]})
    await insert_rows(connection, CASE_MEMBERS, [_row(one) for one in members])
    await insert_rows(connection, COMPLAINT_PRINTS, [_print(one.member) for one in members])
    await insert_rows(
        connection,
        LINK_KEYS,
        [
            {"key": key, "received_at": one.member.received_at, "complaint_id": one.member.complaint_id}
            for one in members
            for key in one.keys
        ],
    )


def _row(one: NewMember) -> dict[str, Any]:
    member = one.member
    return {
        "complaint_id": member.complaint_id,
        "case_id": member.case_id,
        "case_seq": one.case_seq,
        "tracking_number": one.tracking_number,
        "verdict": member.verdict,
        "of": member.of,
        "account": member.account,
        "received_at": member.received_at,
        "is_automatic": member.is_automatic,
        "is_referral": member.is_referral,
        "sealed": member.sealed,
        "disclosable": member.disclosable,
        "same_recipient": member.same_recipient,
        "repeat_count": member.repeat_count,
    }


def _print(member: Member) -> dict[str, Any]:
    return {
        "complaint_id": member.complaint_id,
        "received_at": member.received_at,
        "identity": member.identity.as_json(),
        "facts": member.facts.as_json(),
        "shingles": member.text.to_bytes(),
    }


def _member(row: Any) -> Member:
    """An earlier complaint; what it said is unknown where its print is no longer kept."""
    return Member(
        complaint_id=row.complaint_id,
        case_id=row.case_id,
        case_seq=row.case_seq,
        verdict=row.verdict,
        of=row.of,
        account=row.account,
        received_at=row.received_at,
        is_automatic=row.is_automatic,
        is_referral=row.is_referral,
        sealed=row.sealed,
        disclosable=row.disclosable,
        same_recipient=row.same_recipient,
        repeat_count=row.repeat_count,
        identity=Identifiers.from_json(row.identity or {}),
        facts=Facts.from_json(row.facts or {}),
        text=TextPrint.from_bytes(row.shingles or b""),
    )
