"""What the commands print with `--json`: one object a command, or one a line where a command streams."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from schemas.alert_commands import AlertsReport, TargetsReport
from schemas.base import Instant, Part, Record
from schemas.conversation import ConversationLine
from schemas.correction_lines import RelinkReport, RerouteReport
from schemas.delivery_lines import (
    ParsedAdditionLine,
    ParsedComplaintLine,
    ParsedSignalLine,
    ParsedSuspendedLine,
    SubmittedLine,
)
from schemas.find_lines import FindReport
from schemas.policy_lines import PolicyExplanation, PolicyWalk
from schemas.records import DeadLetter, Evidence, Suspended
from schemas.review_lines import REVIEW_OUTPUTS
from schemas.staff_commands import QrReport, StaffReport, TokenMade, TokensReport
from schemas.task_lines import TaskActReport, TaskLine, TasksReport


class SettingLine(Part):
    """One setting of `intake settings`."""

    name: str
    value: str = Field(description="As it would be written into the environment; secrets masked, empty when unset")
    default: str
    meaning: str
    origin: str = Field(description="environment NAME, embedded platform, keys file or default")


class SettingsReport(Record):
    """`intake settings --json`."""

    settings: tuple[SettingLine, ...]
    unknown: tuple[str, ...] = Field((), description="INTAKE_ variables that name no setting")


class TailLine(Record):
    """A line of `intake tail --json`: one record as a consumer sees it."""

    topic: str
    partition: int
    offset: int
    timestamp: Instant
    key: str | None
    headers: dict[str, str]
    value: Any


LagState = Literal["OK", "SLOW", "STALLED", "STOPPED", "NO CONSUMER", "NEVER COMMITTED"]


class LagRow(Part):
    """How far one consumer group is behind on one topic."""

    kind: Literal["stage", "department"]
    name: str = Field(description="The stage or the department")
    group: str | None = Field(description="null: no group has ever read this topic")
    topic: str
    waiting: int = Field(description="Committed records not yet processed; transaction markers do not count")
    exact: bool = Field(True, description="false: counted by offsets, which includes transaction markers")
    oldest_waiting_s: float | None = Field(None, description="Age of the first record not yet processed")
    deleted: int = Field(0, description="Offsets that retention removed before the group read them")
    came_last_minute: int = Field(0, description="Records the topic got within the last minute")
    in_per_s: float | None = Field(None, ge=0, description="Records a second that came, over the last minute")
    out_per_s: float | None = Field(None, ge=0, description="Records a second processed; null: not looked at twice")
    drain_s: float | None = Field(None, ge=0, description="Until what waits is processed at that rate; null: not known")
    trend: Literal["rising", "steady", "falling"] | None = Field(
        None, description="Of what waits, over 15 minutes; null: not watched for so long"
    )
    owner: str | None = Field(None, description="Who looks after the consumers of a department")
    members: int = 0
    partitions: int = 0
    state: LagState
    why: str = Field(description="The rule that gave the state, as a sentence")


class LagReport(Record):
    """`intake lag --json`."""

    at: Instant
    rows: tuple[LagRow, ...]


Left = Literal["over_12_h", "6_to_12_h", "1_to_6_h", "under_1_h", "breached"]


class SlaRow(Part):
    """One complaint that waits for its acknowledgement. Holds no personal data."""

    complaint_id: UUID
    tracking_number: str
    channel: str
    received_at: Instant
    due_at: Instant
    left_s: float = Field(description="Seconds to the deadline, negative after it")
    left: Left
    waiting_for: str = Field(description="What the acknowledgement waits for, as far as known")


class PersonRow(Part):
    """One complaint that no message of ours will reach: a person has to answer. Holds no personal data."""

    complaint_id: UUID
    tracking_number: str
    channel: str
    received_at: Instant
    due_at: Instant
    left_s: float = Field(description="Seconds to the deadline, negative after it")
    outcome: Literal["by-person", "unreachable"]
    reason: str
    settled_at: Instant


class SlaReport(Record):
    """`intake sla --json`: complaints whose promise of an acknowledgement is open, by time left."""

    at: Instant
    counts: dict[Left, int]
    open: int
    not_counted: int | None = Field(
        None, description="Records the clock has not come to yet, so not among these; null: Kafka was not reached"
    )
    acknowledged_late: int = Field(0, description="Acknowledged, but after their deadline, in the last 30 days")
    for_people: int = Field(
        0, description="Received in the last 30 days and reached by no message of ours: a person has to answer"
    )
    alarms: int = Field(0, description="Safety alarms that nobody has taken yet")
    alarms_overdue: int = Field(0, description="Those of `alarms` whose fifteen minutes have passed")
    complaints: tuple[SlaRow, ...] = ()
    people: tuple[PersonRow, ...] = Field((), description="Those of `for_people`, the earliest deadline first")


class SuspendedReport(Record):
    """`intake suspended list --json`."""

    suspended: tuple[Suspended, ...]


class DeadLettersReport(Record):
    """`intake dead-letters list --json`."""

    dead_letters: tuple[DeadLetter, ...]


class Resolution(Part):
    """What was done with one suspended item or dead letter, or would be done in a dry run."""

    id: UUID
    action: Literal["replay", "discard"]
    done: bool = Field(description="false: a dry run, or refused for the reason in `detail`")
    detail: str


class ResolutionReport(Record):
    """What `replay` and `discard` print with `--json`."""

    dry_run: bool
    by: str
    results: tuple[Resolution, ...]


class StageLine(Part):
    """One stage of the pipeline."""

    name: str
    meaning: str
    reads: tuple[str, ...] = ()
    stopped_at: Instant | None = None
    reason: str | None = None


class StagesReport(Record):
    """`intake stages --json`."""

    stages: tuple[StageLine, ...]


class HistoryLine(Part):
    """One event of a complaint's history."""

    at: Instant
    what: str = Field(description="received, deduplicated, classified, routed …")
    where: str = Field(description="Topic/partition/offset or table")
    summary: str = Field(description="One line for a clerk, in the language asked for")
    reasons: tuple[str, ...] = Field((), description="The evidence as sentences for a clerk, in Chinese")
    evidence: tuple[Evidence, ...] = ()
    record: dict[str, Any] | None = Field(None, description="The whole record or row; personal data masked")


class HistoryReport(Record):
    """`intake show --json`."""

    complaint_id: UUID
    tracking_number: str
    case_id: UUID | None = None
    masked: bool
    history: tuple[HistoryLine, ...]
    conversation: tuple[ConversationLine, ...] = Field((), description="Of the whole case, in the order of time")
    conversation_left_out: int = Field(0, description="Complaints of the case that are older than those it shows")


class TopicLine(Part):
    """One topic of this installation."""

    name: str
    meaning: str
    key: str
    personal: str
    writer: str
    retention_days: int
    partitions: int | None = Field(None, description="null: the topic does not exist yet")


class TopicsReport(Record):
    """`intake topics --json`."""

    topics: tuple[TopicLine, ...]


class PolicyReport(Record):
    """`intake policy check --json`."""

    file: str
    valid: bool
    pack: str | None = None
    organisation: str | None = Field(None, description="Name and version of the organisation file, where one was given")
    problems: tuple[str, ...] = ()


class LinkLine(Part):
    """A line `intake link` reads: a complaint as far as linking needs it. `complaint_id` may be any text."""

    complaint_id: str
    received_at: Instant
    channel: str = "web"
    sender: dict[str, Any] | None = None
    text: str = ""
    order_no: str | None = None
    batch_no: str | None = None
    product: str | None = None
    store: str | None = None
    event_date: str | None = None
    referral_number: str | None = None


class LinkedPoints(Part):
    """One reason of a link, as `intake link` prints it."""

    rule: str
    points: float | None = None
    detail: str | None = None


class LinkedLine(Record):
    """A line `intake link` prints: how the complaint relates to the earlier ones of the file."""

    complaint_id: str
    verdict: str
    of: str | None = None
    case_id: UUID
    score: float
    evidence: tuple[LinkedPoints, ...] = ()


class CutLine(Part):
    """One partition of the cut: what somebody has to pass and how far they are."""

    who: str = Field(description="A stage or the auditor")
    topic: str
    partition: int
    noted: int = Field(description="The end of the partition when it was noted")
    passed: int | None = Field(description="null: nothing was ever committed")
    reached: bool


class StateLine(Part):
    """How many stored items are in one state. Every item is in exactly one."""

    state: Literal["in-flight", "suspended", "dead-letter", "waiting-for-a-person", "done", "missing"]
    count: int
    oldest_age_s: float | None = Field(None, description="Since the oldest of them first lay on a topic")


class InFlightLine(Part):
    """How many items in flight wait for one part."""

    waits_for: str
    count: int
    oldest_age_s: float


class LedgerFinding(Part):
    """One item that lacks something, or has it twice. Holds no personal data."""

    kind: Literal["missing", "twice"]
    place: str = Field(description="The name of the place, docs/operations.md lists them")
    holds: Literal["record", "row", "object"]
    where: str = Field(description="The topic, table or object key pattern of the place")
    complaint_id: UUID = Field(
        description="Or a suspended_id; a delivery_id where nothing was read from it; a dead_letter_id"
    )
    revision: int
    tracking_number: str | None = None
    detail: str = Field(description="Why it is owed, or where all of them lie")


class GapLine(Part):
    """Records that retention removed before the auditor had read them: nothing can be said about them."""

    topic: str
    partition: int
    first: int
    last: int
    noted_at: Instant


class OfferedLine(Part):
    """What one source says it handed over, asked outside our receiving code."""

    source: str
    account: str
    offered: int | Literal["not knowable"]
    stored: int | None = None
    missing: tuple[str, ...] = Field((), description="The source's own ids of what we have not stored")
    waiting: tuple[str, ...] = Field((), description="Offered for so short a time that their turn has not come")
    note: str = ""


class PublishedAgainLine(Part):
    """An item whose record was missing and that the republisher published again."""

    complaint_id: UUID = Field(description="Or a suspended_id")
    delivery_id: UUID
    times: int
    begun_at: Instant = Field(description="The last time")
    published_as: Literal["received", "suspended"] | None = Field(None, description="null: broken off before its end")


class ReconcileReport(Record):
    """`intake reconcile --json`. `judged` is false when the ledger itself is behind: then nothing can be said."""

    at: Instant = Field(description="The beginning of the cut, by the database's clock")
    caught_up: bool = Field(description="Everything that lay on the topics at the beginning has gone all the way")
    judged: bool
    cut: tuple[CutLine, ...]
    states: tuple[StateLine, ...] = ()
    in_flight: tuple[InFlightLine, ...] = ()
    missing: int = 0
    twice: int = 0
    findings: tuple[LedgerFinding, ...] = Field((), description="The first of them; the counts are of all")
    offered: tuple[OfferedLine, ...] = ()
    gaps: tuple[GapLine, ...] = ()
    published_again_count: int = Field(0, description="Items; no finding, for nothing is missing any more")
    published_again: tuple[PublishedAgainLine, ...] = Field((), description="The latest of them")


COMMAND_OUTPUTS: dict[str, type[Record]] = {
    "settings": SettingsReport,
    "parse-complaint": ParsedComplaintLine,
    "parse-suspended": ParsedSuspendedLine,
    "parse-addition": ParsedAdditionLine,
    "parse-signal": ParsedSignalLine,
    "submit": SubmittedLine,
    "tail": TailLine,
    "link": LinkedLine,
    "lag": LagReport,
    "sla": SlaReport,
    "suspended-list": SuspendedReport,
    "dead-letters-list": DeadLettersReport,
    "resolution": ResolutionReport,
    "stages": StagesReport,
    "show": HistoryReport,
    "find": FindReport,
    "topics": TopicsReport,
    "policy-check": PolicyReport,
    "policy-explain": PolicyExplanation,
    "policy-walk": PolicyWalk,
    "reconcile": ReconcileReport,
    "tasks-list": TasksReport,
    "task": TaskLine,
    "task-act": TaskActReport,
    "relink": RelinkReport,
    "reroute": RerouteReport,
    "alerts-list": AlertsReport,
    "alerts-test": TargetsReport,
    "staff-list": StaffReport,
    "tokens-list": TokensReport,
    "tokens-add": TokenMade,
    "qr-list": QrReport,
    **REVIEW_OUTPUTS,
}
"""Name of the schema file under `schemas/json/commands/` → the model. One command may have two kinds of line."""
