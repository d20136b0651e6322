"""What people must do: tasks with owner and clock; cases that wait for a person to hear what they are about."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = None
branch_labels = None
depends_on = ("0016",)


def upgrade() -> None:
    """Create the tables of the tasks stage, and the mark of unheard cases."""
    op.create_table(
        "tasks_decisions",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("decision", postgresql.JSONB(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "revision", name=op.f("pk_tasks_decisions")),
    )
    op.create_table(
        "tasks_locks",
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tasks_locks")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "tasks",
        sa.Column("task_id", sa.Uuid(), nullable=False, comment="named by complaint and kind"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="open, claimed, done"),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False, comment="whose people do it"),
        sa.Column(
            "sealed", sa.Boolean(), nullable=False, comment="of a report to an authority: shown to its department alone"
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True, comment="the member of staff who has claimed it"),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True, comment="when it happened, as the person says"),
        sa.Column(
            "done_by", sa.Text(), nullable=True, comment="a member of staff; null when a later revision ended it"
        ),
        sa.Column("how", sa.Text(), nullable=True, comment="phone, letter, in-person … or revision"),
        sa.Column("note", sa.Text(), nullable=True, comment="why it was opened or ended, without personal data"),
        sa.Column(
            "listed", sa.Boolean(), nullable=False, comment="whether the newest revision of the complaint asks for it"
        ),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="counts changes; an act names the one it was decided on"
        ),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_tasks")),
    )
    op.create_index(op.f("ix_tasks_complaint_id"), "tasks", ["complaint_id"])
    op.create_index(op.f("ix_tasks_case_id"), "tasks", ["case_id"])
    op.create_index("ix_tasks_waiting", "tasks", ["due_at"], postgresql_where=sa.text("state <> 'done'"))
    op.add_column(
        "route_cases",
        sa.Column(
            "unheard",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="fixed by a call nobody had heard: the first record that a rule claims fixes it anew",
        ),
    )
