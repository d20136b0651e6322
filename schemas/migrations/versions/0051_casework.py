"""What departments report back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0051"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the casework stage."""
    _stage()
    _states()
    _events()


def _stage() -> None:
    op.create_table(
        "casework_decisions",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("decision", postgresql.JSONB(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "revision", name=op.f("pk_casework_decisions")),
    )
    op.create_table(
        "casework_locks",
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_casework_locks")),
        prefixes=["UNLOGGED"],
    )


def _states() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "case_states",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False, comment="which answers for it now"),
        sa.Column(
            "state", sa.Text(), nullable=False, comment="routed, accepted, in-progress, need-information, answered, …"
        ),
        sa.Column("since", moment, nullable=False, comment="of this state"),
        sa.Column("routed_at", moment, nullable=False, comment="to this department"),
        sa.Column("accept_by", moment, comment="not accepted by then: escalated; null: nothing to accept"),
        sa.Column("accepted_at", moment),
        sa.Column("answered_at", moment, comment="the first time"),
        sa.Column("closed_at", moment, comment="null again when it is reopened"),
        sa.Column("escalated_at", moment, comment="because nobody accepted it"),
        sa.Column(
            "rerouted",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="times a rule sent it on after not-ours",
        ),
        sa.Column("satisfied", sa.Boolean(), comment="the customer's last answer; null: not asked or not answered"),
        sa.Column("version", sa.Integer(), nullable=False, comment="counts changes"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_states")),
    )
    op.create_index(
        "ix_case_states_unaccepted",
        "case_states",
        ["accept_by"],
        postgresql_where=sa.text("accepted_at IS NULL AND accept_by IS NOT NULL"),
    )
    op.create_index(op.f("ix_case_states_department_state"), "case_states", ["department", "state"])


def _events() -> None:
    op.create_table(
        "case_events",
        sa.Column("entry", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False, comment="status_id, or named by what happened"),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), comment="null: all of the case"),
        sa.Column(
            "kind", sa.Text(), nullable=False, comment="a status of departments; routed, added, escalated, satisfaction"
        ),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="when it happened, as its source says"),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("text_for_customer", sa.Text()),
        sa.Column("internal_note", sa.Text()),
        sa.Column("suggested_department", sa.Text()),
        sa.Column("verdict", sa.Text(), nullable=False, comment="applied, late, impossible, foreign, unknown-case"),
        sa.Column("why", sa.Text(), comment="of every verdict but applied"),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_case_events")),
        sa.UniqueConstraint("event_id", name=op.f("uq_case_events_event_id")),
    )
    op.create_index(op.f("ix_case_events_case_id_at"), "case_events", ["case_id", "at"])
    op.create_index(
        "ix_case_events_refused", "case_events", ["noted_at"], postgresql_where=sa.text("verdict <> 'applied'")
    )
