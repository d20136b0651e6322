"""The customer's page: one-time codes, counts of tries, and the number a promise is found by."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = None
branch_labels = None
depends_on = "0010"


def upgrade() -> None:
    """Create the tables of the page; index the promises by number."""
    op.create_table(
        "track_codes",
        sa.Column("challenge_id", sa.Uuid(), nullable=False, comment="whoever asked for it holds this, signed"),
        sa.Column(
            "number_key", sa.Text(), nullable=False, comment="pseudonym of the tracking number, also of one nobody has"
        ),
        sa.Column("code_hash", sa.Text(), nullable=False, comment="keyed; the code itself is not kept"),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("challenge_id", name=op.f("pk_track_codes")),
    )
    op.create_index(op.f("ix_track_codes_expires_at"), "track_codes", ["expires_at"])
    op.create_table(
        "track_counts",
        sa.Column("key", sa.Text(), nullable=False, comment="pseudonym of what is counted: an address, a number, both"),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False, comment="of the window it is counted in"),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "ends_at", name=op.f("pk_track_counts")),
    )
    op.create_index(op.f("ix_track_counts_ends_at"), "track_counts", ["ends_at"])
    op.create_index(op.f("ix_promises_tracking_number"), "promises", ["tracking_number"], if_not_exists=True)


def downgrade() -> None:
    """Remove them."""
    op.drop_index(op.f("ix_promises_tracking_number"), "promises", if_exists=True)
    op.drop_table("track_counts")
    op.drop_table("track_codes")
