"""In which order several messages about a case were asked for within one millisecond."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = None
branch_labels = None
depends_on = ("0059",)


def upgrade() -> None:
    """Add the column; messages that were there have none."""
    comment = "offset of the record that asked for it: the order within a millisecond"
    op.add_column("outbox", sa.Column("sequence", sa.BigInteger(), nullable=True, comment=comment))
