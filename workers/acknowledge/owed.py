"""What is owed to whom: one complaint's acknowledgement, as the stage or the sweeper knows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.complaint import Complaint
from schemas.identity import first_case_id, named_uuid, outbox_id
from schemas.outcomes import OutboxResult, Outcome
from schemas.records import Classified
from schemas.reply import ACKNOWLEDGEMENT, WaysBack, stored_ways, ways_back
from schemas.views import AnswerableView


@dataclass(frozen=True, slots=True)
class Owed:
    """One acknowledgement that is owed. `classified` is None for the sweeper: then nothing is known of its content.

    `may_know_case`: who reads the answer may hear, also by getting none, that it belongs to an earlier complaint.
    """

    complaint_id: UUID
    case_id: UUID
    tracking_number: str
    channel: str
    account: str
    received_at: datetime
    back: WaysBack
    unwanted: str | None = None
    by_authority: bool = False
    language: str | None = None
    subject: str | None = None
    message_id: str | None = None
    references: tuple[str, ...] = ()
    suspended: bool = False
    may_know_case: bool = False
    classified: Classified | AnswerableView | None = None

    @property
    def outbox_id(self) -> UUID:
        """The id of its one message; the sweeper and the stage arrive at the same."""
        return outbox_id(self.case_id, ACKNOWLEDGEMENT, str(self.complaint_id))

    def result(self, outcome: Outcome, reason: str, at: datetime) -> OutboxResult:
        """The result when no message goes out."""
        return OutboxResult(
            result_id=named_uuid("result", str(self.complaint_id), outcome, reason),
            complaint_id=self.complaint_id,
            case_id=self.case_id,
            tracking_number=self.tracking_number,
            channel=self.channel,
            outcome=outcome,
            reason=reason,
            received_at=self.received_at,
            at=at,
        )


def of_classified(item: Classified | AnswerableView) -> Owed:
    """What is owed for a complaint that came through the pipeline."""
    return Owed(
        complaint_id=item.complaint_id,
        case_id=item.case_id,
        tracking_number=item.tracking_number,
        channel=item.channel,
        account=item.account,
        received_at=item.received_at,
        back=ways_back(item),
        unwanted=_unwanted(item),
        by_authority=item.referral is not None,
        language=item.language,
        subject=item.subject,
        message_id=item.thread.message_id,
        references=item.thread.references,
        classified=item,
        may_know_case=bool(item.link.disclosable or item.link.same_recipient),
    )


def of_promise(row: Any, addresses: Iterable[str] | None = None) -> Owed:
    """What is owed by a row of `promises` (with `case_id` where it is known by now).

    `addresses` replaces those of the row: a suspended item's lie in the object store only.
    """
    account = row.account if row.reply_channel == row.channel else ""
    ways = stored_ways(row.addresses if addresses is None else addresses, row.reply_channel, account)
    return Owed(
        complaint_id=row.subject_id,
        case_id=row.case_id or first_case_id(row.subject_id),
        tracking_number=row.tracking_number,
        channel=row.channel,
        account=row.account,
        received_at=row.received_at,
        back=WaysBack(ways[0].channel if ways else row.reply_channel, ways, row.page_shown),
        unwanted="automatic" if row.is_automatic else None,
        by_authority=row.by_authority,
        language=row.language,
        subject=row.subject,
        message_id=row.message_id,
        references=tuple(row.references),
        suspended=row.kind == "suspended",
        may_know_case=bool(row.may_know_case),
    )


def _unwanted(item: Complaint | AnswerableView) -> str | None:
    if not item.automatic.is_automatic:
        return None
    return f"automatic: {item.automatic.kind}" if item.automatic.kind else "automatic"
