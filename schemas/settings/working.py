"""Stages, sender, clock, guards and ledger."""

from datetime import timedelta

from pydantic import BaseModel, Field


class SenderSettings(BaseModel):
    """Sending what the outbox holds."""

    lease: timedelta = Field(timedelta(minutes=3), description="Longer than the longest call; expired: unknown")
    concurrency: int = Field(8, ge=1, description="Messages in flight per process")
    poll_every: timedelta = Field(timedelta(seconds=1), description="Besides being woken by the database")
    retry_after: timedelta = Field(
        timedelta(seconds=5), description="First pause after a passing failure, doubled each time"
    )
    retry_at_most: timedelta = Field(timedelta(minutes=10), description="Longest pause between two tries")
    unknown_wait: timedelta = Field(
        timedelta(minutes=1),
        description="How long an unclear outcome may be corrected before a person gets it; hour 20 at the latest",
    )
    unknown_wait_asked: timedelta = Field(
        timedelta(minutes=15), description="The same where the vendor can be asked what became of a message"
    )
    late_tries: timedelta = Field(
        timedelta(hours=4), description="How long a message is tried that was written after its promise was over"
    )


class WorkerSettings(BaseModel):
    """The loop that all stages share."""

    max_batch: int = Field(500, ge=1, le=1000, description="Records per transaction")
    gather: timedelta = Field(
        timedelta(milliseconds=5),
        le=timedelta(seconds=10),
        description="Least time from one small transaction to the next",
    )
    gather_beside: timedelta = Field(
        timedelta(seconds=1),
        le=timedelta(seconds=10),
        description="The same for stages no department waits for: fewer transactions under load",
    )
    session_timeout: timedelta = Field(timedelta(seconds=30), description="Kafka group session")
    transaction_timeout: timedelta = Field(
        timedelta(seconds=10), description="Kafka transaction, kept short on purpose"
    )
    commit_deadline: timedelta = Field(timedelta(seconds=8), description="A commit not done by then drops the producer")
    revoke_deadline: timedelta = Field(timedelta(seconds=20), description="To finish a batch when partitions leave")
    rebalance_timeout: timedelta = Field(
        timedelta(seconds=60), description="How long the group waits for a member; more than revoke_deadline"
    )
    drain_deadline: timedelta = Field(timedelta(seconds=25), description="To finish on SIGTERM")
    stuck_after: timedelta = Field(timedelta(seconds=60), description="Lag without progress: the consumer is rebuilt")
    poison_in_a_row: int = Field(20, description="Stage stops when so many records in a row are dead letters")
    poison_window: int = Field(200, description="… or when poison_share of so many are")
    poison_share: float = Field(0.2, description="Share of poison_window at which the stage stops")
    health_port: int | None = Field(None, description="Of a worker running alone; unset: a free one, printed")


class ClockSettings(BaseModel):
    """The promise of 24 hours; see the policy pack for all other clocks."""

    acknowledge_within: timedelta = Field(timedelta(hours=24), description="The promise, counted from receipt")
    sweep_at: timedelta = Field(timedelta(hours=20), description="After receipt: a text without category goes out")
    sweep_every: timedelta = Field(timedelta(seconds=15), description="How often the sweeper looks")


class DeduplicateSettings(BaseModel):
    """Finding the case of a complaint."""

    order_window: timedelta = Field(
        timedelta(days=45), description="Same order number and same sender within it: the same incident"
    )
    conversation_window: timedelta = Field(
        timedelta(minutes=30),
        description="A chat message or SMS so soon before or after another of the same person belongs to its case",
    )


class AcknowledgeSettings(BaseModel):
    """Guards against answering machines; counts are messages within so many minutes before."""

    window: timedelta = Field(timedelta(hours=24), description="At most one acknowledgement per case and channel in it")
    case_caps: dict[int, int] = Field(
        {10: 10, 30: 15, 60: 25, 180: 50, 600: 100}, description="minutes → messages to one address about one case"
    )
    recipient_caps: dict[int, int] = Field(
        {10: 30, 30: 60, 60: 120, 180: 240, 600: 360}, description="minutes → messages to one address"
    )
    subject_caps: dict[int, int] = Field(
        {180: 5}, description="minutes → messages to one address that wrote the same subject again and again"
    )
    robots: tuple[str, ...] = Field(
        ("mailer-daemon", "postmaster", "abuse", "root", "no-reply", "noreply", "donotreply", "do-not-reply", "bounce"),
        description="Addresses whose local part begins so are never answered",
    )


class NotifySettings(BaseModel):
    """Messages to customers besides the acknowledgement."""

    tries: timedelta = Field(timedelta(hours=24), description="How long the sender tries, from writing on")
    patience: timedelta = Field(
        timedelta(minutes=10), description="How long a message waits for a complaint that nobody knows yet"
    )


class ArchiveSettings(BaseModel):
    """Keeping raw deliveries."""

    inline_bytes: int = Field(
        256 * 1024, description="Raw items up to this size travel in Kafka, larger ones by reference"
    )
    retention: timedelta = Field(timedelta(days=1095), description="Three years, E-Commerce Law article 31")


class LedgerSettings(BaseModel):
    """The proof that nothing is missing and nothing is there twice."""

    retention: timedelta = Field(
        timedelta(days=90), description="Ledger rows of a complaint are removed so long after all of it has ended"
    )
    republish_after: timedelta = Field(
        timedelta(minutes=5),
        description="A raw delivery without its complaint is published again; after twice as long it counts as missing",
    )
