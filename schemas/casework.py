"""How a case goes from state to state, what becomes of a department's report, and why, in words. Data, no code.

The table is the contract for department systems: what may follow what. A report that may not is kept and flagged.
"""

from collections.abc import Mapping
from enum import StrEnum

from schemas.base import Vocabulary


class CaseState(Vocabulary):
    """How far a department is with a case. All but the first are also what it reports."""

    ROUTED = "routed"
    ACCEPTED = "accepted"
    NOT_OURS = "not-ours"
    IN_PROGRESS = "in-progress"
    NEED_INFORMATION = "need-information"
    ANSWERED = "answered"
    REMEDY_DONE = "remedy-done"
    CLOSED = "closed"
    REOPENED = "reopened"


class EventVerdict(StrEnum):
    """What became of a report."""

    APPLIED = "applied"
    LATE = "late"
    IMPOSSIBLE = "impossible"
    FOREIGN = "foreign"
    UNKNOWN_CASE = "unknown-case"


class Why(StrEnum):
    """Why a report did not change its case."""

    OLDER = "older-than-state"
    CANNOT_FOLLOW = "cannot-follow"
    NOT_THEIR_CASE = "not-their-case"
    NOT_SIGNED = "not-signed"
    NOT_ROUTED_YET = "not-routed-yet"
    OTHER_CASE = "complaint-of-another-case"
    NOT_ANSWERED_YET = "not-answered-yet"


class EventKind(StrEnum):
    """What happens to a case besides the reports of departments."""

    ROUTED = "routed"
    ESCALATED = "escalated"
    SATISFACTION = "satisfaction"


_WORKING = frozenset(
    {
        CaseState.IN_PROGRESS,
        CaseState.NEED_INFORMATION,
        CaseState.ANSWERED,
        CaseState.REMEDY_DONE,
    }
)
_ENDED = frozenset({CaseState.CLOSED, CaseState.REOPENED})

FOLLOWS: Mapping[str, frozenset[CaseState]] = {
    CaseState.ROUTED: _WORKING | {CaseState.ACCEPTED, CaseState.NOT_OURS},
    CaseState.ACCEPTED: _WORKING | {CaseState.NOT_OURS, CaseState.CLOSED},
    CaseState.NOT_OURS: _WORKING | {CaseState.ACCEPTED},
    CaseState.IN_PROGRESS: _WORKING | {CaseState.NOT_OURS, CaseState.CLOSED},
    CaseState.NEED_INFORMATION: _WORKING | {CaseState.NOT_OURS, CaseState.CLOSED},
    CaseState.ANSWERED: _ENDED | {CaseState.ANSWERED, CaseState.REMEDY_DONE},
    CaseState.REMEDY_DONE: _ENDED | {CaseState.ANSWERED},
    CaseState.CLOSED: frozenset({CaseState.REOPENED}),
    CaseState.REOPENED: _WORKING | {CaseState.ACCEPTED, CaseState.NOT_OURS, CaseState.CLOSED},
}
"""State → what may be reported next. Who answers at once has accepted; nothing is closed that nobody has taken."""

CAN_BE_JUDGED = frozenset({CaseState.ANSWERED, CaseState.REMEDY_DONE, CaseState.CLOSED, CaseState.REOPENED})
"""States in which a customer can say whether he is satisfied."""
SETTLED = CAN_BE_JUDGED - {CaseState.REOPENED}
"""States that a dissatisfied customer reopens."""

NOT_ACCEPTED, NOT_OURS_AGAIN = "not-accepted", "not-ours"
"""Levels of the escalations that casework raises."""
OVERDUE = "casework.not-accepted"
"""Kind of the command by which the stage is asked to look at a case that nobody accepted in time."""
DEPARTMENT, ACCEPT_BY = "department", "accept_by"
"""Its arguments."""
BY = "casework"
"""Who signs what follows from rules."""

MAX_CUSTOMER_CHARS, MAX_NOTE_CHARS = 2_000, 4_000
"""Longer words of departments are cut."""

RECEIVED = "received"
"""What a complaint is before any department has its case."""

STATE_WORDS: Mapping[str, Mapping[str, str]] = {
    RECEIVED: {"zh": "已收到", "en": "received"},
    CaseState.ROUTED: {"zh": "已转部门", "en": "with the department"},
    CaseState.ACCEPTED: {"zh": "部门已受理", "en": "accepted"},
    CaseState.NOT_OURS: {"zh": "部门认为不归其处理", "en": "not theirs, says the department"},
    CaseState.IN_PROGRESS: {"zh": "处理中", "en": "in progress"},
    CaseState.NEED_INFORMATION: {"zh": "等待顾客补充", "en": "waits for the customer"},
    CaseState.ANSWERED: {"zh": "已答复", "en": "answered"},
    CaseState.REMEDY_DONE: {"zh": "补救已完成", "en": "remedy carried out"},
    CaseState.CLOSED: {"zh": "已结案", "en": "closed"},
    CaseState.REOPENED: {"zh": "重新处理", "en": "reopened"},
    EventKind.ESCALATED: {"zh": "逾期未受理，已升级", "en": "not accepted in time, escalated"},
    EventKind.SATISFACTION: {"zh": "顾客评价", "en": "the customer's opinion"},
}
"""State or kind of event → what people read."""

WHY_WORDS: Mapping[str, Mapping[str, str]] = {
    Why.OLDER: {"zh": "晚到：案件已有更新的状态", "en": "late: the case has a newer state"},
    Why.CANNOT_FOLLOW: {"zh": "不能接在目前状态之后", "en": "cannot follow the state of the case"},
    Why.NOT_THEIR_CASE: {"zh": "案件不归该部门", "en": "the case is not with this department"},
    Why.NOT_SIGNED: {"zh": "签名缺失或不符", "en": "the signature is missing or wrong"},
    Why.NOT_ROUTED_YET: {"zh": "案件尚未转到部门", "en": "the case has not been routed yet"},
    Why.OTHER_CASE: {"zh": "投诉不在此案件中", "en": "the complaint is not in this case"},
    Why.NOT_ANSWERED_YET: {"zh": "尚未答复", "en": "not answered yet"},
}
"""Why → what people read."""

NO_WORK = "none"
"""The urgency of an assignment that asks nobody to act: automatic mail."""
