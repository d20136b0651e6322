"""Single values as the vendors write them: names and numbers, times of several kinds, codes."""

import re
from datetime import UTC, datetime, timedelta, timezone

from schemas.inbound import Inbound

CHINA_STANDARD_TIME = timezone(timedelta(hours=8))
UNREADABLE_CODE = "a code nobody can read"
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
_DIGITS_OF_SECONDS = 11
_OLDEST = timedelta(days=30)
"""A vendor's time further back is not believed: pushes end after hours, and clocks of complaints count from it."""
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


def any_time(value: object) -> datetime | None:
    """A point in time in seconds or milliseconds since 1970, or in ISO 8601 with its zone; None for none, 0 too."""
    written = plain(value)
    if written.isdecimal():
        number = written if len(written) <= _DIGITS_OF_SECONDS else written[:-3]
        return unix_time(number) if int(number[:_DIGITS_OF_SECONDS]) else None
    try:
        at = datetime.fromisoformat(written)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def believed_time(inbound: Inbound, at: datetime | None) -> datetime | None:
    """The vendor's time, None when it cannot be: nothing is received after its delivery, or long before."""
    if at is None or inbound.received_at - at > _OLDEST:
        return None
    return min(at, inbound.received_at)


def code(value: object) -> str:
    """A vendor's code; words and whatever else is none become `UNREADABLE_CODE`, so that no content travels as one."""
    written = plain(value)
    return written if not written or _CODE.fullmatch(written) else UNREADABLE_CODE
