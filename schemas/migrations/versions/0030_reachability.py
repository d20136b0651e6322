"""Ways to people: which are closed, what vendors report; the outbox walks ways instead of addresses of one channel."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = None
branch_labels = None
depends_on = ("0010", "0012", "0013")


def upgrade() -> None:
    """Create the tables of the reachability stage; let the outbox and its attempts know ways."""
    _decisions()
    _ways()
    _reports()
    _outbox()


def _decisions() -> None:
    """Create decision rows and locks."""
    op.create_table(
        "reachability_decisions",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("decision", postgresql.JSONB(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "revision", name=op.f("pk_reachability_decisions")),
    )
    op.create_table(
        "reachability_locks",
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_reachability_locks")),
        prefixes=["UNLOGGED"],
    )


def _ways() -> None:
    """Create the tables of people: closed ways and places."""
    op.create_table(
        "closed_ways",
        sa.Column("recipient_key", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, comment="opted-out, left, blocked, bounced, erased"),
        sa.Column("closed_at", sa.DateTime(timezone=True), comment="the last time; null while only known as reopened"),
        sa.Column(
            "reopened_at", sa.DateTime(timezone=True), comment="the last time; the way is open when that is later"
        ),
        sa.PrimaryKeyConstraint("recipient_key", "channel", "reason", name=op.f("pk_closed_ways")),
    )
    op.create_table(
        "visited_places",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("recipient_key", sa.Text(), nullable=False),
        sa.Column(
            "place", sa.Text(), nullable=False, comment="code of the store or counter whose QR code was scanned last"
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", "recipient_key", name=op.f("pk_visited_places")),
    )


def _reports() -> None:
    """Create the tables of messages: what vendors report, and what was told of it."""
    op.create_table(
        "delivery_reports",
        sa.Column("report_id", sa.Uuid(), nullable=False, comment="signal_id"),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("outbox_id", sa.Uuid(), comment="null where the vendor names its own id only"),
        sa.Column("vendor_id", sa.Text()),
        sa.Column("recipient_key", sa.Text()),
        sa.Column("is_delivered", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False, comment="the vendor's, empty where it gives none"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_delivery_reports")),
    )
    op.create_index(op.f("ix_delivery_reports_outbox_id"), "delivery_reports", ["outbox_id"], unique=False)
    op.create_index(
        op.f("ix_delivery_reports_vendor_id_channel"), "delivery_reports", ["vendor_id", "channel"], unique=False
    )
    op.create_table(
        "undelivered_messages",
        sa.Column("outbox_id", sa.Uuid(), nullable=False, comment="told once that nobody got it after it was sent"),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_undelivered_messages")),
    )


def _outbox() -> None:
    """Add what the sender needs to walk ways and to ask vendors what became of a message."""
    op.alter_column("promises", "addresses", comment="ways in order; a plain string: of reply_channel")
    op.alter_column("outbox", "addresses", comment="ways with their words, the next only after a definite refusal")
    op.create_index(op.f("ix_outbox_case_id"), "outbox", ["case_id"], unique=False)
    op.alter_column(
        "outbox_attempts",
        "state",
        comment="ready, claimed, sending, retry, sent, refused, covered, unknown, given-up",
    )
    op.alter_column("outbox_attempts", "address_index", comment="which of the ways is tried")
    op.add_column(
        "outbox_attempts", sa.Column("channel", sa.Text(), comment="of the way that is tried; null: of the first")
    )
    op.add_column(
        "outbox_attempts", sa.Column("passed", postgresql.JSONB(), comment="ways given up, and how each ended")
    )
    op.add_column(
        "outbox_attempts",
        sa.Column("tried_at", sa.DateTime(timezone=True), comment="just before the last irrevocable byte"),
    )
    op.add_column(
        "outbox_attempts",
        sa.Column("look_at", sa.DateTime(timezone=True), comment="when to ask the vendor what became of it"),
    )
    op.add_column(
        "outbox_attempts",
        sa.Column("looked_up", sa.Integer(), server_default="0", nullable=False, comment="times it was asked"),
    )
    op.create_index(
        "ix_outbox_attempts_vendor_id",
        "outbox_attempts",
        ["vendor_id"],
        unique=False,
        postgresql_where=sa.text("vendor_id IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_attempts_look",
        "outbox_attempts",
        ["look_at"],
        unique=False,
        postgresql_where=sa.text("state = 'unknown' AND outcome IS NULL"),
    )
