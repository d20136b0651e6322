"""What a customer says of the result: noted; who is not satisfied has his case opened again, as the pack says."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from schemas.casework import CAN_BE_JUDGED, SETTLED, CaseState, EventKind, EventVerdict, Why
from schemas.identity import first_case_id
from schemas.messages import Message
from schemas.policy import PolicyPack
from schemas.signals import Signal, SignalKind
from workers.casework.cases import Case
from workers.casework.state import Memory
from workers.casework.telling import Change, audience, messages

_BY = "customer"
_SAID = {True: "满意", False: "不满意", None: "未表态"}


def is_answer(signal: Signal) -> bool:
    """Whether it says what a customer thinks of the result of his complaint."""
    return signal.kind == SignalKind.SATISFACTION and signal.complaint_id is not None


def answered(pack: PolicyPack, memory: Memory, signal: Signal, noted_at: datetime) -> Iterable[Message]:
    """Note the answer; return what customers hear when it opens the case again."""
    complaint: UUID = signal.complaint_id or signal.signal_id
    case_id = memory.case_of.get(complaint, first_case_id(complaint))
    case, why = memory.cases.get(case_id), None
    if case is None:
        why = Why.NOT_ROUTED_YET
    elif case.state not in CAN_BE_JUDGED:
        why = Why.NOT_ANSWERED_YET
    verdict = {None: EventVerdict.APPLIED, Why.NOT_ROUTED_YET: EventVerdict.UNKNOWN_CASE}.get(
        why, EventVerdict.IMPOSSIBLE
    )
    at = min(signal.at, noted_at)
    memory.happened(
        signal.signal_id, case_id, EventKind.SATISFACTION.value, at, noted_at,
        department=case.department if case else "", complaint_id=complaint, by=_BY, internal_note=_note(signal),
        verdict=verdict.value, why=why.value if why else None,
    )  # fmt: skip
    if case is None or why is not None:
        return ()
    if signal.satisfied is not None:
        case.satisfied = signal.satisfied
        case.version += 1
        memory.keep(case)
    if signal.satisfied is not False or case.state not in SETTLED or not _reopens(pack):
        return ()
    return _reopen(pack, memory, case, signal.signal_id, noted_at)


def _reopen(pack: PolicyPack, memory: Memory, case: Case, event: UUID, at: datetime) -> Iterable[Message]:
    """Its department sees it by a correction of each complaint, and has to accept it again."""
    case.reopen(at, pack.not_accepted_after.after(at, pack.zone))
    memory.keep(case)
    memory.order(event, "reopen", case, case.department, at)
    change = Change(event, case.case_id, CaseState.REOPENED, case.department, case.since)
    return messages(pack, audience(memory.members.get(case.case_id, ())), change)


def _reopens(pack: PolicyPack) -> bool:
    """Whether by the pack dissatisfaction leads to anything; without a rule of its own it does."""
    said = {rule.if_dissatisfied for rule in pack.follow_up}
    return said != {"recorded"}


def _note(signal: Signal) -> str:
    score = f"，评分 {signal.score}" if signal.score is not None else ""
    return _SAID[signal.satisfied] + score
