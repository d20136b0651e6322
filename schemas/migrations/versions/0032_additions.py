"""Complaints that grow, parked additions, files to be fetched."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "additions_locks",
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_additions_locks")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "additions_decisions",
        sa.Column(
            "complaint_id",
            sa.Uuid(),
            nullable=False,
            comment="addition_id, or one version of a complaint, else its id",
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column(
            "decision",
            postgresql.JSONB(),
            nullable=False,
            comment="with the complaint that was written, if one was",
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "revision", name=op.f("pk_additions_decisions")),
    )
    _create_complaints()
    _create_media()


def _create_complaints() -> None:
    op.create_table(
        "growing_complaints",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, comment="the highest on complaints.received.v1"),
        sa.Column("complaint", postgresql.JSONB(), nullable=False, comment="as of that revision"),
        sa.Column("words", sa.Text(), comment="what additions brought, so that an update of the source keeps it"),
        sa.Column(
            "tasks_done",
            postgresql.JSONB(),
            nullable=False,
            comment="codes; an update of the source does not open them again",
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, comment="time of the record that did it"),
        sa.Column(
            "keep_until", sa.DateTime(timezone=True), nullable=False, comment="30 days after that, with a version 400"
        ),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_growing_complaints")),
    )
    op.create_index(op.f("ix_growing_complaints_keep_until"), "growing_complaints", ["keep_until"])
    op.create_table(
        "parked_additions",
        sa.Column("addition_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("addition", postgresql.JSONB(), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False, comment="time of its record"),
        sa.PrimaryKeyConstraint("addition_id", name=op.f("pk_parked_additions")),
    )
    op.create_index(op.f("ix_parked_additions_complaint_id"), "parked_additions", ["complaint_id"])
    op.create_index(op.f("ix_parked_additions_parked_at"), "parked_additions", ["parked_at"])


def _create_media() -> None:
    op.create_table(
        "media_jobs",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column(
            "attachment",
            postgresql.JSONB(),
            nullable=False,
            comment="as it is pending, with the reference it is fetched by",
        ),
        sa.Column("give_up_at", sa.DateTime(timezone=True), nullable=False, comment="the channel keeps it no longer"),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "attachment_id", name=op.f("pk_media_jobs")),
    )
    op.create_index(op.f("ix_media_jobs_noted_at"), "media_jobs", ["noted_at"])
    op.create_table(
        "media_attempts",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="the step to be done: fetch, publish, transcribe, delete; done",
        ),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="tries of this step so far"),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False, comment="not before"),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("owner", sa.Text(), comment="who holds the lease"),
        sa.Column("addition", postgresql.JSONB(), comment="what is published, from when it is known"),
        sa.Column("error_class", sa.Text(), comment="of the last failure"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "attachment_id", name=op.f("pk_media_attempts")),
    )
    op.create_index("ix_media_attempts_due", "media_attempts", ["next_at"], postgresql_where=sa.text("state <> 'done'"))


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "media_attempts",
        "media_jobs",
        "parked_additions",
        "growing_complaints",
        "additions_decisions",
        "additions_locks",
    ):
        op.drop_table(table)
