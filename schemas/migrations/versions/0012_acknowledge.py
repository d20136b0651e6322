"""Guards, windows, outbox and bounces of acknowledgements."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the acknowledge stage."""
    _decisions()
    _bounces()
    _guards()
    _outbox()


def _decisions() -> None:
    """Create decision rows and locks."""
    op.create_table(
        "acknowledge_decisions",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("decision", postgresql.JSONB(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "revision", name=op.f("pk_acknowledge_decisions")),
    )
    op.create_table(
        "acknowledge_locks",
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_acknowledge_locks")),
    )


def _bounces() -> None:
    """Create the tables for: bounces of messages we sent."""
    op.create_table(
        "acknowledgement_bounces",
        sa.Column("bounce_id", sa.Uuid(), nullable=False, comment="complaint_id of the bounce as it came in"),
        sa.Column("outbox_id", sa.Uuid(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bounce_id", name=op.f("pk_acknowledgement_bounces")),
    )
    op.create_index(
        op.f("ix_acknowledgement_bounces_outbox_id"), "acknowledgement_bounces", ["outbox_id"], unique=False
    )


def _guards() -> None:
    """Create the tables for: one row a complaint, and one a case and channel."""
    op.create_table(
        "acknowledgement_windows",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True, comment="null until the first message"),
        sa.Column("outbox_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "channel", name=op.f("pk_acknowledgement_windows")),
    )
    op.create_table(
        "acknowledgements",
        sa.Column("complaint_id", sa.Uuid(), nullable=False, comment="or suspended_id; the first writer wins"),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True, comment="null: the sender of outbox_id will know"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("outbox_id", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False, comment="stage or sweeper"),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="sweeper's outcomes only: acknowledged by Kafka",
        ),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_acknowledgements")),
    )
    op.create_index(
        "ix_acknowledgements_unpublished",
        "acknowledgements",
        ["decided_at"],
        unique=False,
        postgresql_where=sa.text("decided_by = 'sweeper' AND outcome IS NOT NULL AND published_at IS NULL"),
    )


def _outbox() -> None:
    """Create the tables for: messages to be sent."""
    op.create_table(
        "outbox",
        sa.Column("outbox_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False, comment="of the complaint"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("page_shown", sa.Boolean(), nullable=False, comment="counts as sent if no address takes the message"),
        sa.Column("reply_channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column(
            "addresses",
            postgresql.JSONB(),
            nullable=False,
            comment="tried in order, the next only after a definite refusal",
        ),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("in_reply_to", sa.Text(), nullable=True),
        sa.Column("references", postgresql.JSONB(), nullable=False),
        sa.Column("case_token", sa.Text(), nullable=True),
        sa.Column("recipient_key", sa.Text(), nullable=False, comment="pseudonym of the first address"),
        sa.Column(
            "subject_key",
            sa.Text(),
            nullable=True,
            comment="pseudonym of the customer's subject without prefixes and numbers",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "person_at", sa.DateTime(timezone=True), nullable=False, comment="an unclear outcome goes to a person then"
        ),
        sa.Column("give_up_at", sa.DateTime(timezone=True), nullable=False, comment="no more tries after this"),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_complaint_id"), "outbox", ["complaint_id"], unique=False)
    op.create_index(op.f("ix_outbox_noted_at"), "outbox", ["noted_at"], unique=False)
    op.create_index(op.f("ix_outbox_recipient_key_created_at"), "outbox", ["recipient_key", "created_at"], unique=False)
