"""Single values as the vendors write them: names and numbers, and times of two kinds."""

from datetime import UTC, datetime, timedelta, timezone

CHINA_STANDARD_TIME = timezone(timedelta(hours=8))
_WRITTEN_TIME = "%Y-%m-%d %H:%M:%S"


def plain(value: object) -> str:
    """A name or number as text: 7 and "7" are the same, true and 1 are not."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def china_time(written: str) -> datetime | None:
    """`YYYY-MM-DD hh:mm:ss`, read as China Standard Time; None when it is no time."""
    try:
        return datetime.strptime(written, _WRITTEN_TIME).replace(tzinfo=CHINA_STANDARD_TIME).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def unix_time(written: str) -> datetime | None:
    """Seconds since 1970; None when it is no time."""
    try:
        return datetime.fromtimestamp(int(written), UTC)
    except (ValueError, OverflowError, OSError):
        return None
