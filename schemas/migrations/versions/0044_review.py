"""What people look at and say of it, the weekly samples, plain counts a day and channel, second opinions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0044"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the review stage and of the second opinion."""
    op.create_table(
        "review_decisions",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("decision", postgresql.JSONB(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "revision", name=op.f("pk_review_decisions")),
    )
    op.create_table(
        "review_locks",
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_review_locks")),
        prefixes=["UNLOGGED"],
    )
    _create_reviews()
    _create_counts()


def _create_reviews() -> None:
    time, label = sa.DateTime(timezone=True), "what the machine says: kind, primary, secondary, safety, dissatisfaction"
    op.create_table(
        "reviews",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False, comment="empty until the classified record has come"),
        sa.Column("received_at", time, nullable=False),
        sa.Column("classified_at", time, comment="time of its first classified record"),
        sa.Column("revision", sa.Integer(), nullable=False, comment="newest classified one, 0: none has come"),
        sa.Column(
            "asked_revision", sa.Integer(), nullable=False, comment="newest one the machine asked about, 0: none"
        ),
        sa.Column("needs_review", sa.Boolean(), nullable=False, comment="what the newest classified revision says"),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("machine", postgresql.JSONB(), comment=label),
        sa.Column("severity", sa.Integer()),
        sa.Column("p", sa.Double(), comment="probability the machine gives to the primary category"),
        sa.Column("margin", sa.Double(), comment="to the next one"),
        sa.Column("rules_category", sa.Text(), comment="what the words of the pack alone would say"),
        sa.Column("disagreement", sa.Boolean(), nullable=False, comment="rules and model say different things"),
        sa.Column("policy", sa.Text()),
        sa.Column("model", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False, comment="unasked, open, claimed, done"),
        sa.Column("drawn_by", sa.Text(), comment="why people look at it"),
        sa.Column("opened_at", time),
        sa.Column("week", sa.Text(), comment="whose sample it is in"),
        sa.Column("part", sa.Text(), comment="of the sample: uncertain, disagreement, random"),
        sa.Column("owner", sa.Text(), comment="the member of staff who has claimed it"),
        sa.Column("outcome", sa.Text(), comment="confirmed, corrected; revision, sealed: nobody had to look any more"),
        sa.Column("done_by", sa.Text()),
        sa.Column("done_at", time),
        sa.Column(
            "answered", postgresql.JSONB(), nullable=False, comment="the reasons there were when a person decided"
        ),
        sa.Column("label", postgresql.JSONB(), comment="what is right, as the person says: the same keys as `machine`"),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="counts changes; an act names the one it was decided on"
        ),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_reviews")),
    )
    for column in ("case_id", "classified_at", "week"):
        op.create_index(op.f(f"ix_reviews_{column}"), "reviews", [column])
    waiting, done = sa.text("state IN ('open', 'claimed')"), sa.text("outcome IN ('confirmed', 'corrected')")
    op.create_index("ix_reviews_waiting", "reviews", ["received_at"], postgresql_where=waiting)
    op.create_index("ix_reviews_done", "reviews", ["done_at"], postgresql_where=done)


def _create_counts() -> None:
    time = sa.DateTime(timezone=True)
    op.create_table(
        "review_weeks",
        sa.Column("week", sa.Text(), nullable=False, comment="2026-W47"),
        sa.Column("population", sa.Integer(), nullable=False, comment="complaints it was drawn from"),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("drawn_at", time, nullable=False),
        sa.PrimaryKeyConstraint("week", name=op.f("pk_review_weeks")),
    )
    op.create_table(
        "review_counts",
        sa.Column("day", sa.Date(), nullable=False, comment="of receipt, by the calendar of the pack"),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False, comment="so that no two batches wait for one row"),
        sa.Column(
            "measure", sa.Text(), nullable=False, comment="kind, category, confidence, review, unfamiliar, length"
        ),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Double(), nullable=False, comment="sum of the measured values, for a mean"),
        sa.PrimaryKeyConstraint("day", "channel", "partition", "measure", "bucket", name=op.f("pk_review_counts")),
    )
    op.create_table(
        "review_opinions",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="waiting, given, given-up"),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", time, nullable=False, comment="not before"),
        sa.Column("opinion", postgresql.JSONB(), comment="codes and probabilities; shown to people, decides nothing"),
        sa.Column("model", sa.Text(), comment="who gave it"),
        sa.Column("error", sa.Text(), comment="class of the last failure"),
        sa.Column("changed_at", time, nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "revision", name=op.f("pk_review_opinions")),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("review_opinions", "review_counts", "review_weeks", "reviews", "review_locks", "review_decisions"):
        op.drop_table(table)
