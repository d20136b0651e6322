"""What gates and points ask and find: earlier complaints as members of their cases, and findings that say why."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from schemas.complaint import Complaint
from schemas.policy.linking import Linking
from schemas.records import Evidence, Verdict
from workers.deduplicate.facts import UNKNOWN, Facts
from workers.deduplicate.identifiers import NOBODY, Identifiers
from workers.deduplicate.persons import Persons
from workers.deduplicate.prints import Prints
from workers.deduplicate.shingles import SILENT, TextPrint


@dataclass(frozen=True, slots=True)
class Member:
    """An earlier complaint as gates and points see it; what it said is known as long as its prints are kept."""

    complaint_id: UUID
    case_id: UUID
    case_seq: int
    verdict: str
    of: UUID | None
    account: str
    received_at: datetime
    is_automatic: bool = False
    is_referral: bool = False
    sealed: bool = False
    disclosable: bool = False
    same_recipient: bool = False
    repeat_count: int | None = None
    identity: Identifiers = NOBODY
    facts: Facts = UNKNOWN
    text: TextPrint = SILENT


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored about earlier complaints: found by a blocking key, or by a tracking number."""

    by_key: Callable[[str], Iterable[Member]]
    by_number: Callable[[str], Member | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a gate found: the verdict, the earlier complaint, and why, in words a clerk understands."""

    verdict: Verdict
    of: Member | None = None
    evidence: tuple[Evidence, ...] = ()
    score: float = 1.0
    repeat_count: int | None = None

    @property
    def joins(self) -> bool:
        """Whether the complaint becomes part of the earlier one's case."""
        return self.of is not None and self.verdict in {Verdict.DUPLICATE, Verdict.FOLLOW_UP}


@dataclass(frozen=True, slots=True)
class Windows:
    """How near in time two complaints must be: with the same order number, and in one chat or SMS conversation."""

    order: timedelta
    conversation: timedelta


@dataclass(frozen=True, slots=True)
class Question:
    """One complaint before the gates, with what is known."""

    complaint: Complaint
    prints: Prints
    known: Known
    windows: Windows
    linking: Linking
    persons: Persons

    def found(self, *keys: str | None) -> list[Member]:
        """Earlier complaints under any of the keys, by receipt and then id."""
        members = {
            member.complaint_id: member
            for key in keys
            if key is not None
            for member in self.known.by_key(key)
            if member.complaint_id != self.complaint.complaint_id
        }
        return sorted(members.values(), key=lambda member: (member.received_at, member.complaint_id))
