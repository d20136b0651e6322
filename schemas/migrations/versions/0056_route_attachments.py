"""Where the files lie that departments were told of."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = None
branch_labels = None
depends_on = ("0016",)


def upgrade() -> None:
    """Create the table of attachments by id."""
    op.create_table(
        "route_attachments",
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, comment="the newest that spoke of it"),
        sa.Column("case_id", sa.Uuid(), nullable=False, comment="where that revision belongs"),
        sa.Column("state", sa.Text(), nullable=False, comment="pending, stored, failed, refused, withheld"),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("object_key", sa.Text(), comment="where the bytes lie; null: we have none"),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_route_attachments")),
    )
    op.create_index(op.f("ix_route_attachments_complaint_id"), "route_attachments", ["complaint_id"])
