"""Who hears of a change, and what is handed on for him: one message a person and change. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from schemas.casework import CaseState
from schemas.identity import named_uuid
from schemas.messages import Message, MessageKind
from schemas.policy import PolicyPack
from workers.casework.reports import Report
from workers.casework.state import Member

_SAYS_NOTHING_NEW = frozenset({CaseState.NOT_OURS})
"""What goes on between departments."""


def audience(members: Sequence[Member]) -> Iterator[Member]:
    """Whom of a case we write to: each person once, at his first complaint there; never machines or authorities."""
    return (one for one in members if not one.is_silent and first_of(one, members) is one)


def first_of(member: Member, members: Sequence[Member]) -> Member:
    """The first complaint of the same person in the case.

    A complaint is of the same person as the earlier one it is linked with where it is answered at the same address or
    its sender is proven; what is added on the page of a complaint has no address of its own.
    """
    known, seen = {one.complaint_id: one for one in members if not one.is_silent}, {member.complaint_id}
    while (member.same_recipient or member.may_know) and member.of in known and member.of not in seen:
        member = known[member.of]
        seen.add(member.complaint_id)
    return member


def is_news(before: str, report: Report) -> bool:
    """Whether customers hear of it: a change, or more words in the same state."""
    return report.status not in _SAYS_NOTHING_NEW and (before != report.status or report.text is not None)


def notices(pack: PolicyPack, members: Sequence[Member], report: Report) -> Iterator[Message]:
    """The messages of one report. What is asked about one complaint is asked of who sent that one.

    The department's words go to the sender of the complaint that the report names; those of the whole case to who
    opened it or is proven to be the same person. Others of the case hear of the change, not what was written.
    """
    named = {first_of(one, members) for one in members if one.complaint_id == report.complaint_id and not one.is_silent}
    words = {"text_for_customer": report.text} if report.text else {}
    change = Change(report.event_id, report.case_id, report.status, report.department, report.at)
    for one in audience(members):
        may_read = one in named if report.complaint_id is not None else one.may_know
        if may_read or not named or report.status is not CaseState.NEED_INFORMATION:
            yield from messages(pack, (one,), change, words if may_read else {})


class Change(NamedTuple):
    """What customers are told of: that a case is in a state, since when, by which department."""

    event_id: UUID
    case_id: UUID
    state: CaseState
    department: str
    at: datetime


def messages(
    pack: PolicyPack, hearing: Iterable[Member], change: Change, words: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Message]:
    """One message to each; its id is named by whom it is for and the event."""
    values = _department(pack, change.department) | dict(words)
    for member in hearing:
        yield Message(
            message_id=named_uuid("notice", str(member.complaint_id), str(change.event_id)),
            kind=MessageKind.NOTICE,
            complaint_id=member.complaint_id,
            case_id=change.case_id,
            tracking_number=member.tracking_number,
            occasion=change.state.value,
            values=values,
            by=change.department,
            at=change.at,
        )


def _department(pack: PolicyPack, code: str) -> dict[str, str]:
    """The department's name in each language, the first for whoever knows only one."""
    title = next((one.title for one in pack.departments if one.code == code), None)
    if title is None:
        return {}
    names = {"department_zh_hant": title.zh_hant, "department_en": title.en}
    return {"department": title.zh_hans} | names
