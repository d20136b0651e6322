"""When the casework stage first ran; which messages to a customer did not go out, by complaint."""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = None
branch_labels = None
depends_on = ("0054", "0055")


def upgrade() -> None:
    """Create the table and the index."""
    op.create_table(
        "casework_began",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False, comment="its first decision here"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_casework_began")),
    )
    op.create_index(
        "ix_notify_decisions_untold",
        "notify_decisions",
        [sa.text("(decision ->> 'complaint_id')")],
        postgresql_where=sa.text("((decision -> 'result') ->> 'outcome') IS NOT NULL"),
    )
