"""The clock of this machine, as every part is given it: replaceable, aware, UTC."""

from datetime import UTC, datetime


def present() -> datetime:
    """The present time, aware."""
    return datetime.now(UTC)
