"""Heartbeats, alerts, and what makes promises and the ledger quick to watch."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0052"
down_revision = None
branch_labels = None
depends_on = ("0010", "0017")


def upgrade() -> None:
    """Create the tables of parts and watcher, and the indexes they read by."""
    _heartbeats()
    _alerts()
    op.create_index(
        "ix_promises_owed",
        "promises",
        ["due_at"],
        postgresql_where=sa.text("state = 'open' AND NOT is_automatic AND NOT by_authority"),
    )
    op.create_index(
        "ix_promises_suspended",
        "promises",
        ["received_at"],
        postgresql_where=sa.text("kind = 'suspended' AND state = 'open'"),
    )
    # Rows come in the order of time: a few pages tell where an hour lies, and inserting costs next to nothing.
    op.create_index("ix_ledger_records_at", "ledger_records", ["at"], postgresql_using="brin")


def _heartbeats() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "part_heartbeats",
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=False, comment="random, of one start of a process"),
        sa.Column("program", sa.Text(), nullable=False, comment="what was started: run, gateway, worker route …"),
        sa.Column("host", sa.Text(), nullable=False, comment="name of the machine"),
        sa.Column("version", sa.Text(), nullable=False, comment="of the product"),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False, comment="a sentence for operators"),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("disks", postgresql.JSONB(), nullable=False, comment="home, spool, objects → bytes free and in all"),
        sa.Column("not_ready_since", moment, comment="null while ready"),
        sa.Column("started_at", moment, nullable=False, comment="first beat of this process"),
        sa.Column("beaten_at", moment, nullable=False, comment="by the database's clock"),
        sa.Column("clock", moment, nullable=False, comment="the process's own time at that moment"),
        sa.Column("ended_at", moment, comment="a clean stop; null and no beat: it fell silent"),
        sa.PrimaryKeyConstraint("part", "process_id", name=op.f("pk_part_heartbeats")),
    )
    op.create_index(op.f("ix_part_heartbeats_beaten_at"), "part_heartbeats", ["beaten_at"])


def _alerts() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="the same as long as the same thing is wrong"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False, comment="red or amber"),
        sa.Column("opened_at", moment, nullable=False, comment="since when it was wrong"),
        sa.Column("said", postgresql.JSONB(), nullable=False, comment="object, sentence and next step, zh and en"),
        sa.Column("at_risk", sa.Integer(), nullable=False, comment="complaints, as last seen"),
        sa.Column(
            "told", postgresql.JSONB(), nullable=False, comment="target → when it was told last that this is wrong"
        ),
        sa.Column(
            "recovery_told", postgresql.JSONB(), nullable=False, comment="target → when it was told that this is over"
        ),
        sa.Column("notified_at", moment, comment="the last time any target was told; null: nobody yet"),
        sa.Column("closed_at", moment, comment="null while it is wrong"),
        sa.Column("recovered_at", moment, comment="whoever was told it is wrong was told it is over"),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alerts")),
    )
    op.create_index("uq_alerts_open", "alerts", ["key"], unique=True, postgresql_where=sa.text("closed_at IS NULL"))
    op.create_index(
        "ix_alerts_unrecovered",
        "alerts",
        ["closed_at"],
        postgresql_where=sa.text("closed_at IS NOT NULL AND recovered_at IS NULL"),
    )
    op.create_index(op.f("ix_alerts_opened_at"), "alerts", ["opened_at"])
    op.create_index(op.f("ix_alerts_key"), "alerts", ["key"])
    op.create_table(
        "watch_leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False, comment="random, of one start of a process"),
        sa.Column("lease_until", moment, nullable=False, comment="then another watcher may take over"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watch_leases")),
    )
