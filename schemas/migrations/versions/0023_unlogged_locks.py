"""Lock rows mean nothing after a crash: they need no write-ahead log."""

from alembic import op

revision = "0023"
down_revision = None
branch_labels = None
depends_on = ("0011", "0012", "0016")

_TABLES = ("deduplicate_locks", "acknowledge_locks", "route_locks")


def upgrade() -> None:
    """Write them without a log."""
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} SET UNLOGGED")


def downgrade() -> None:
    """Log them again."""
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} SET LOGGED")
