"""The records after `Complaint`: each stage's output adds its own part and keeps everything before it."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.alarm import BatchCases, Preserve
from schemas.base import Instant, Part, Record, Text, Vocabulary
from schemas.complaint import SCHEMA_VERSION, Amount, Complaint, RawRef, Referral


class RawDelivery(Record):
    """The bytes of one delivery with their envelope, before reading. Larger ones lie in the object store."""

    delivery_id: UUID
    channel: str
    account: str
    received_at: Instant
    received_at_source: str
    ingested_at: Instant
    content_type: str
    headers: dict[str, str] = Field(default_factory=dict)
    source: dict[str, str] = Field(default_factory=dict)
    sha256: str
    size_bytes: int
    body_base64: str | None = Field(None, description="Up to 256 KiB; null when object_key is set")
    object_key: str | None = None
    parts: tuple["RawPart", ...] = ()
    complaint_ids: tuple[UUID, ...] = ()
    suspended_ids: tuple[UUID, ...] = ()
    schema_version: str = SCHEMA_VERSION


class RawPart(Part):
    """A file uploaded beside the body, as it lies in the object store."""

    name: Text
    media_type: str
    size_bytes: int
    sha256: str
    object_key: str


class Suspended(Record):
    """A delivery or item we could not read, or what became of it. Holds references, no personal data."""

    suspended_id: UUID
    tracking_number: str
    state: Literal["open", "replayed", "discarded"] = "open"
    channel: str
    account: str
    item: int = 0
    reason: str
    detail: str = Field(description="For operators; never quotes the content")
    received_at: Instant
    ingested_at: Instant
    is_automatic: bool = False
    has_reply_address: bool = False
    raw: RawRef
    resolved_at: Instant | None = None
    resolved_by: str | None = None
    resolution: str | None = Field(None, description="Reason given when discarded, complaint ids when replayed")
    schema_version: str = SCHEMA_VERSION


class Verdict(Vocabulary):
    """What the deduplicate stage found. Only `new`, `repeat` and `suspected` open a case."""

    NEW = "new"
    DUPLICATE = "duplicate"
    FOLLOW_UP = "follow_up"
    REPEAT = "repeat"
    SUSPECTED = "suspected"


class Evidence(Part):
    """One reason for a decision, in words a clerk understands, with its rule and where in the text it stands."""

    rule: str
    detail: Text | None = None
    points: float | None = None
    start: int | None = Field(None, description="Half-open span in Unicode code points of `text`")
    end: int | None = None


class Cluster(Part):
    """Cases of different customers about the same batch, product or store: watched together, never merged."""

    cluster_id: UUID = Field(description="Also the id of the parent case")
    by: str = Field(description="What they share: batch, product-store, product-problem")
    size: int = Field(description="Customers in it when this record was decided, this one included")
    systemic: bool = Field(False, description="The pack's number of customers within its days is reached")
    reached: bool = Field(False, description="By this very record: the one that people are told of")
    capped: bool = Field(False, description="`size` is a lower bound: beyond it nobody is counted one by one")
    notice: str | None = Field(None, description="Number of the quick-handling notice of the batch, where there is one")


class Link(Part):
    """How this complaint relates to earlier ones, with score and evidence. Every link can be undone."""

    verdict: Verdict
    of: UUID | None = Field(None, description="The earlier complaint, null for `new`")
    score: float = 1.0
    evidence: tuple[Evidence, ...] = ()
    repeat_count: int | None = Field(
        None, description="How often this customer has had this problem, this time included"
    )
    disclosable: bool | None = Field(
        None, description="Both senders are proven to be the same person: only then may he be told of the earlier one"
    )
    same_recipient: bool | None = Field(
        None, description="Both are answered at the same address: whoever reads one answer reads the other"
    )
    cluster: Cluster | None = None
    moved_from: UUID | None = Field(None, description="The case it belonged to until this revision")
    moved_from_seq: int | None = Field(None, description="Its `case_seq` there")


class Deduplicated(Complaint):
    """A complaint with its case. `case_seq` is assigned under the case lock; consumers sort by it."""

    case_id: UUID
    case_seq: int
    link: Link


class CategoryScore(Part):
    """A category with its probability."""

    code: str
    p: float


class Found(Part):
    """A value found in the text, with its half-open span in code points."""

    value: Text
    start: int
    end: int
    currency: str | None = None
    range: bool | None = None
    high: Text | None = Field(None, description="The upper end of a range, `value` is the lower one")


class Clock(Part):
    """One promise: by when, by which rule of which pack, and whether the date may still move."""

    clock: str
    rule_id: str
    due_at: Instant
    provisional: bool = False
    info: bool | None = Field(None, description="True: binds the authority, for us to know only")


class Understanding(Part):
    """What the classify stage understood, with its evidence and the versions that decided."""

    kind: str
    kind_p: float | None = None
    categories: tuple[CategoryScore, ...] = ()
    primary: str
    secondary: tuple[str, ...] = ()
    safety: bool = False
    safety_p: float = 0.0
    severity: Literal[1, 2, 3] = 3
    urgency: str = "regular"
    fields: dict[str, tuple[Found, ...]] = Field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    needs_review: bool = False
    review_reasons: tuple[str, ...] = ()
    policy: str = Field(description="Pack and version that decided, `default@1`")
    dissatisfaction: int | None = Field(None, ge=0, le=3, description="0 none, 1 mild, 2 clear, 3 serious")
    model: str | None = Field(None, description="The model that had a say: version and first digits of its SHA-256")
    promise: Clock | None = Field(
        None, description="The clock an acknowledgement names: by what the message says, never by what others said"
    )
    answer_owed: bool | None = Field(
        None, description="False: by the pack no answer is promised (praise); the acknowledgement names no date"
    )


class Classified(Deduplicated):
    """A complaint with its case and what it is about."""

    understanding: Understanding


class Unit(Part):
    """Where it happened, as far as stated. Codes are there when the organisation file knows the place."""

    store: Text | None = None
    counter: Text | None = None
    code: str | None = Field(None, description="The store's code in the organisation file")
    counter_code: str | None = None
    region: str | None = Field(None, description="Code of the region the store belonged to on the day of receipt")


class Goods(Part):
    """What it is about, as far as stated or found in the text."""

    product: Text | None = None
    model: Text | None = None
    order_no: Text | None = None
    batch_no: Text | None = None
    quantity: Text | None = None
    amount: Amount | None = None
    currency: str | None = None
    event_date: Text | None = None
    desired_resolution: Text | None = None


class MaskedContact(Part):
    """The contact as a department may see it. `ref` is redeemed at the contact endpoint, with a purpose, on record."""

    masked: tuple[str, ...] = ()
    ref: str | None = None


class Judge(Part):
    """Who judges when somebody of the unit is accused: a role, and the code of the unit it belongs to."""

    role: str
    unit: str | None = Field(None, description="null: the organisation file does not say")
    rule_id: str


class AttachmentNote(Part):
    """An attachment as a department sees it: by id; the bytes are fetched with a department token."""

    attachment_id: UUID
    media_type: str
    size_bytes: int
    state: str


class AssignmentKind(Vocabulary):
    """What the record asks of the department."""

    OPENED = "assignment.opened"
    ADDED = "assignment.added"
    CORRECTED = "assignment.corrected"
    WITHDRAWN = "assignment.withdrawn"


class Assignment(Record):
    """What a department receives: a masked projection of its own, never the complaint.

    Any record of a case may come first: upsert by `case_id`, sort by `case_seq`, keep the highest `revision`.
    """

    kind: AssignmentKind
    department: str
    responsible: bool = Field(description="false: a copy, somebody else answers for the case")
    case_id: UUID
    case_seq: int
    complaint_id: UUID
    revision: int
    tracking_number: str
    verdict: Verdict
    channel: str
    entry: str
    received_at: Instant
    language: str | None = None
    unit: Unit = Unit()
    complaint_kind: str
    category: str
    secondary: tuple[str, ...] = ()
    safety: bool = False
    severity: Literal[1, 2, 3]
    urgency: str
    clocks: tuple[Clock, ...] = ()
    goods: Goods = Goods()
    referral: Referral | None = Field(None, description="The authority's number and dates; not in copies")
    sealed: bool = Field(False, description="A report to an authority: nobody outside this department may hear of it")
    subject: Text | None = None
    text: Text
    truncated: bool = False
    attachments: tuple[AttachmentNote, ...] = ()
    contact: MaskedContact = MaskedContact()
    judge: Judge | None = Field(None, description="Somebody of the unit is accused: only this role may judge")
    needs_review: bool = False
    evidence: tuple[Evidence, ...] = ()
    cluster: Cluster | None = Field(None, description="Other customers with the same trouble: watched, never merged")
    policy: str
    rule_id: str
    schema_version: str = SCHEMA_VERSION


class Escalation(Record):
    """Somebody must look now: which case, why, by which rule, who is told.

    With level `safety-alarm` nothing has been linked or understood yet: `case_id` is the case that the complaint opens
    if it is new, `case_seq` 0, severity and category what the safety rules alone say. There is one a complaint.
    """

    case_id: UUID
    case_seq: int
    complaint_id: UUID
    revision: int
    tracking_number: str
    department: str
    severity: Literal[1, 2, 3]
    urgency: str
    safety: bool
    category: str
    unit: Unit = Unit()
    parent_case_id: UUID | None = Field(None, description="Of a systemic problem that this record has made one")
    reasons: tuple[Evidence, ...]
    informed: tuple[str, ...] = Field((), description="Roles of the pack's escalation list")
    received_at: Instant
    policy: str
    level: str | None = Field(
        None, description="safety-alarm, not-accepted, not-ours; null for what route raises: its reasons say which"
    )
    channel: str | None = None
    sealed: bool | None = Field(None, description="A report to an authority: for those informed alone")
    alarm_by: Instant | None = Field(
        None, description="By then a person has taken it: 15 minutes after receipt, or after the words came"
    )
    late: bool | None = Field(None, description="It reached the log after `alarm_by` (outage, replay)")
    preserve: tuple[Preserve, ...] = Field((), description="What is to be secured, by when")
    batch: BatchCases | None = None
    occasion: UUID | None = Field(None, description="What raised it, where one complaint may be raised more than once")
    due_at: Instant | None = Field(None, description="By then a person has decided, where one must")
    schema_version: str = SCHEMA_VERSION


class ReviewRequest(Record):
    """A person must decide: what the machine was unsure about. No text of the complaint travels here."""

    case_id: UUID
    complaint_id: UUID
    revision: int
    tracking_number: str
    category: str
    reasons: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    received_at: Instant
    policy: str
    schema_version: str = SCHEMA_VERSION


class Command(Record):
    """A correction by a person, decided by the stage that owns the state."""

    command_id: UUID
    kind: str
    case_id: UUID | None = None
    complaint_id: UUID | None = None
    arguments: dict[str, str] = Field(default_factory=dict)
    reason: Text
    at: Instant
    by: str
    schema_version: str = SCHEMA_VERSION


class DepartmentStatus(Record):
    """What a department system reports back; idempotent by `status_id`."""

    status_id: UUID
    case_id: UUID
    complaint_id: UUID | None = None
    department: str
    status: Literal[
        "accepted", "not-ours", "in-progress", "need-information", "answered", "remedy-done", "closed", "reopened"
    ]
    suggested_department: str | None = None
    text_for_customer: Text | None = None
    internal_note: Text | None = None
    at: Instant
    by: str
    schema_version: str = SCHEMA_VERSION


class DeadLetter(Record):
    """A reference to a record that a stage cannot process, or what became of it. Details are in the headers."""

    dead_letter_id: UUID
    state: Literal["open", "replayed", "discarded"] = "open"
    stage: str
    source_topic: str
    source_partition: int
    source_offset: int
    error_class: str
    error: str = Field(description="Class and place of the failure; never quotes the content")
    attempt: int = 1
    first_seen: Instant
    complaint_id: UUID | None = None
    key: str | None = None
    value_sha256: str
    value_bytes: int
    resolved_at: Instant | None = None
    resolved_by: str | None = None
    resolution: str | None = None
    schema_version: str = SCHEMA_VERSION
