"""Every topic, declared once: what is on it, who writes it, how long it stays, how personal it is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from schemas.additions import Addition
from schemas.base import Record
from schemas.complaint import Complaint
from schemas.messages import Message
from schemas.outcomes import Acknowledged, OutboxResult
from schemas.records import (
    Assignment,
    Classified,
    Command,
    DeadLetter,
    Deduplicated,
    DepartmentStatus,
    Escalation,
    RawDelivery,
    ReviewRequest,
    Suspended,
)
from schemas.signals import Signal

RETENTION = timedelta(days=30)


class Personal(StrEnum):
    """How much personal data a topic or table may hold."""

    NONE = "none"
    MASKED = "masked"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and the record type on it. `name` is without the prefix of the settings."""

    name: str
    record: type[Record]
    key: str
    personal: Personal
    writer: str
    meaning: str
    retention: timedelta = RETENTION
    type_name: str = ""

    @property
    def event_type(self) -> str:
        """The topic's CloudEvents type without prefix; the version of the schema is its last part."""
        return self.type_name or self.name

    def seen_as(self, view: type[Record]) -> "Topic":
        """The same topic for a stage that reads a part of its records only (`schemas.views`)."""
        return replace(self, record=view)


DELIVERIES_RAW = Topic(
    "deliveries.raw.v1", RawDelivery, "delivery_id", Personal.FULL, "gateway", "every delivery as bytes"
)
RECEIVED = Topic(
    "complaints.received.v1",
    Complaint,
    "HMAC of the sender",
    Personal.FULL,
    "gateway, additions",
    "every complaint, once read; and once more, as a revision, when it has grown",
)
SUSPENDED = Topic(
    "complaints.suspended.v1", Suspended, "suspended_id", Personal.NONE, "gateway", "what could not be read, by reason"
)
ADDITIONS = Topic(
    "complaints.additions.v1",
    Addition,
    "complaint_id",
    Personal.FULL,
    "gateway, fetcher, operators",
    "what came later to a complaint: files, recordings, typed words",
)
SIGNALS = Topic(
    "complaints.signals.v1",
    Signal,
    "pseudonym of whom it is about",
    Personal.NONE,
    "gateway",
    "opt-outs, delivery reports, scans: what is no complaint and still counts",
)
DEDUPLICATED = Topic(
    "complaints.deduplicated.v1", Deduplicated, "case_id", Personal.FULL, "deduplicate", "every complaint with its case"
)
CLASSIFIED = Topic(
    "complaints.classified.v1", Classified, "case_id", Personal.FULL, "classify", "and what it is about, with evidence"
)
ESCALATED = Topic(
    "complaints.escalated.v1", Escalation, "case_id", Personal.MASKED, "route, alarm", "somebody must look now, and who"
)
SEALED_ALARMS = Topic(
    "complaints.sealed-alarms.v1",
    Escalation,
    "case_id",
    Personal.MASKED,
    "alarm",
    "safety alarms of sealed reports, for who answers authorities alone",
)
REVIEW = Topic(
    "complaints.review.v1",
    ReviewRequest,
    "case_id",
    Personal.NONE,
    "route",
    "a person must decide what we were unsure of",
)
OUTBOX_RESULTS = Topic(
    "complaints.outbox-results.v1",
    OutboxResult,
    "complaint_id",
    Personal.NONE,
    "acknowledge, notify, sender, reachability",
    "what became of each message to a customer",
)
ACKNOWLEDGED = Topic(
    "complaints.acknowledged.v1",
    Acknowledged,
    "complaint_id",
    Personal.NONE,
    "confirm",
    "exactly one per complaint: how it was acknowledged",
)
COMMANDS = Topic(
    "complaints.commands.v1", Command, "case_id", Personal.NONE, "operators", "corrections, decided by the owning stage"
)
STATUS = Topic(
    "complaints.status.v1", DepartmentStatus, "case_id", Personal.MASKED, "departments", "what departments report back"
)
MESSAGES = Topic(
    "complaints.messages.v1",
    Message,
    "case_id",
    Personal.FULL,
    "casework, gateway, operators",
    "what customers are to be told besides the acknowledgement",
)
DEAD_LETTER = Topic(
    "complaints.dead-letter.v1",
    DeadLetter,
    "dead_letter_id",
    Personal.NONE,
    "every stage",
    "references to records that a stage could not process",
)

PIPELINE_TOPICS: tuple[Topic, ...] = (
    DELIVERIES_RAW,
    RECEIVED,
    SUSPENDED,
    ADDITIONS,
    SIGNALS,
    DEDUPLICATED,
    CLASSIFIED,
    ESCALATED,
    SEALED_ALARMS,
    REVIEW,
    OUTBOX_RESULTS,
    ACKNOWLEDGED,
    COMMANDS,
    STATUS,
    MESSAGES,
    DEAD_LETTER,
)


def department_topic(department: str) -> Topic:
    """The topic of one department of the policy pack, masked contacts only."""
    return Topic(
        f"departments.{department}.v1",
        Assignment,
        "case_id",
        Personal.MASKED,
        "route",
        f"work of the department {department}",
        type_name="departments.assignment.v1",
    )


def all_topics(departments: Iterator[str] | tuple[str, ...] | list[str]) -> tuple[Topic, ...]:
    """Every topic of an installation with these departments."""
    return PIPELINE_TOPICS + tuple(department_topic(name) for name in departments)
