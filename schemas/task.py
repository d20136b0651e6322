"""Tasks: what a machine cannot do about a complaint. Their kinds and states, what people may do, what a stage reads."""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from pydantic import ConfigDict, Field

from schemas.base import Instant, Part, Record, Vocabulary
from schemas.identity import named_uuid


class TaskKind(Vocabulary):
    """What a person is to do. The first three are what `Complaint.tasks` may list."""

    CALL_BACK = "call-back"
    LISTEN_AND_TYPE = "listen-and-type"
    PLATFORM_ENTRY = "platform-entry"
    UNACKNOWLEDGED = "unacknowledged"
    UNKNOWN_DELIVERY = "unknown-delivery"
    SAFETY_ALARM = "safety-alarm"
    BATCH_DECISION = "batch-decision"
    MESSAGE_UNDELIVERED = "message-undelivered"
    MESSAGE_UNCLEAR = "message-unclear"
    NOT_OURS = "not-ours"


class TaskState(Vocabulary):
    """How far a task is. A done one is opened again only when a later revision lists it anew."""

    OPEN = "open"
    CLAIMED = "claimed"
    DONE = "done"


class TaskAct(StrEnum):
    """What a person does with a task: the `kind` of a `Command`."""

    CLAIM = "task.claim"
    RELEASE = "task.release"
    DONE = "task.done"


TASK_ID, HOW, DONE_AT = "task_id", "how", "done_at"
"""Names of a command's arguments: the task; of the end also how it was done and when (RFC 3339)."""

WORDS_MAY_COME = frozenset({TaskKind.LISTEN_AND_TYPE, TaskKind.CALL_BACK})
"""Kinds whose end may bring what the customer said."""
UNHEARD = "unheard"
"""The category of what such a task is still open for: nobody knows yet what it is about."""
NOT_HEARD_YET = "not-heard-yet"
"""Why a person must look at it."""
SIGNED = frozenset({TaskKind.PLATFORM_ENTRY})
"""Kinds whose end is an act towards an authority: when it happened must be told."""


ALARMS = frozenset({TaskKind.SAFETY_ALARM, TaskKind.BATCH_DECISION, TaskKind.NOT_OURS})
"""Kinds that no revision ends, sealed or not; a person who has taken one is in time."""


def task_id(complaint_id: UUID, kind: str) -> UUID:
    """The id of a complaint's task of one kind: there is never a second."""
    return named_uuid("task", str(complaint_id), kind)


def command_id(task: UUID, act: TaskAct, by: str, version: int) -> UUID:
    """The id of an act on a task as it was seen (`version`): repeated, it is the same act."""
    return named_uuid("task-command", str(task), act, by, str(version))


def alarm_overdue(kind: str, state: str) -> bool:
    """Whether a task of this kind and state is late when its date has passed: an alarm is to be taken by then."""
    return kind != TaskKind.SAFETY_ALARM or state != TaskState.CLAIMED


def decided_under(command: UUID) -> UUID:
    """The id under which the stage keeps its decision on a command."""
    return named_uuid("command", str(command))


class ReferralView(Part):
    """Whether an authority waits, and until when."""

    model_config = ConfigDict(extra="ignore")

    due_at: Instant | None = None


class TaskView(Record):
    """What of a complaint its tasks depend on; nothing of what it says or of who sent it."""

    model_config = ConfigDict(extra="ignore")

    complaint_id: UUID
    revision: int = Field(1, ge=1)
    case_id: UUID
    tracking_number: str
    channel: str
    received_at: Instant
    referral: ReferralView | None = None
    sealed: bool = False
    tasks: tuple[str, ...] = ()


TASK_TITLES: Mapping[str, Mapping[str, str]] = {
    TaskKind.CALL_BACK: {"zh-Hans": "回电", "en": "call back"},
    TaskKind.LISTEN_AND_TYPE: {"zh-Hans": "听录音并录入文字", "en": "listen and type"},
    TaskKind.PLATFORM_ENTRY: {"zh-Hans": "在监管平台录入答复", "en": "enter the answer in the authority's platform"},
    TaskKind.UNACKNOWLEDGED: {"zh-Hans": "人工告知顾客已受理", "en": "tell the customer that we heard"},
    TaskKind.UNKNOWN_DELIVERY: {"zh-Hans": "核实回执是否送达", "en": "find out whether our message arrived"},
    TaskKind.SAFETY_ALARM: {"zh-Hans": "安全警报：立即查看并保全证据", "en": "safety alarm: look now, secure evidence"},
    TaskKind.BATCH_DECISION: {"zh-Hans": "决定是否冻结该批次库存", "en": "decide whether stock of the batch is frozen"},
    TaskKind.MESSAGE_UNDELIVERED: {
        "zh-Hans": "我方消息未送达：人工告知顾客",
        "en": "a message of ours did not arrive: tell the customer",
    },
    TaskKind.MESSAGE_UNCLEAR: {
        "zh-Hans": "核实我方消息是否送达",
        "en": "find out whether a message of ours arrived",
    },
    TaskKind.NOT_OURS: {"zh-Hans": "指定由哪个部门处理", "en": "decide which department answers"},
}
"""Kind → language → what staff reads."""
