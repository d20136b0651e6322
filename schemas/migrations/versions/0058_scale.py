"""Indexes that keep the pages quick among a million complaints.

Each holds the few rows that are open, or saves reading wide rows. What they cost the writers is in docs/performance.md.
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = None
branch_labels = None
depends_on = ("0013", "0043", "0053", "0055")

_UNACCEPTED = "accepted_at IS NULL AND accept_by IS NOT NULL"


def upgrade() -> None:
    """Create them; one of casework becomes two, because what was escalated once stays unaccepted for ever."""
    op.create_index(
        "ix_complaint_index_clocks",
        "complaint_index",
        ["due_at"],
        postgresql_include=["complaint_id", "case_id", "clocks"],
        postgresql_where=sa.text("NOT automatic AND due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_complaint_index_several",
        "complaint_index",
        ["due_at"],
        postgresql_where=sa.text("NOT automatic AND jsonb_array_length(clocks) > 1"),
    )
    # Without it PostgreSQL takes a third of all complaints to have several clocks, and leaves that index aside.
    op.execute("CREATE STATISTICS complaint_index_clocks ON (jsonb_array_length(clocks)) FROM complaint_index")
    op.drop_index("ix_case_states_unaccepted", "case_states")
    op.create_index(
        "ix_case_states_to_escalate",
        "case_states",
        ["accept_by"],
        postgresql_where=sa.text(f"{_UNACCEPTED} AND escalated_at IS NULL"),
    )
    op.create_index(
        "ix_case_states_unaccepted",
        "case_states",
        ["accept_by"],
        postgresql_where=sa.text(f"{_UNACCEPTED} AND closed_at IS NULL"),
    )
    op.create_index(
        "ix_case_members_suspected",
        "case_members",
        ["received_at"],
        postgresql_where=sa.text("verdict = 'suspected' AND ruled_by IS NULL AND NOT sealed"),
    )
    op.create_index(
        "ix_outbox_attempts_failed",
        "outbox_attempts",
        ["changed_at"],
        postgresql_where=sa.text("state IN ('unknown', 'refused', 'given-up') OR (state = 'retry' AND attempt >= 3)"),
    )


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP STATISTICS complaint_index_clocks")
    for index, table in (
        ("ix_outbox_attempts_failed", "outbox_attempts"),
        ("ix_case_members_suspected", "case_members"),
        ("ix_case_states_unaccepted", "case_states"),
        ("ix_case_states_to_escalate", "case_states"),
        ("ix_complaint_index_several", "complaint_index"),
        ("ix_complaint_index_clocks", "complaint_index"),
    ):
        op.drop_index(index, table)
    op.create_index("ix_case_states_unaccepted", "case_states", ["accept_by"], postgresql_where=sa.text(_UNACCEPTED))
