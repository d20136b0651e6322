"""Points in time as referrals write them: in Chinese, as a cell of a spreadsheet, as a serial number of Excel.

Without a zone they are in Asia/Shanghai. Serial numbers count days from 1899-12-30
(support.microsoft.com, "DATEVALUE").
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_WRITTEN = re.compile(
    r"(\d{4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2})日?"
    r"(?:[T ]{0,3}(\d{1,2})[:时点](?:(\d{1,2})分?)?(?::?(\d{1,2})(?:\.\d{1,9})?秒?)?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?")
_ZONED = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})")
_SERIAL = re.compile(r"\d{5}(?:\.\d{1,15})?")
_SERIAL_BEGIN = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet has no zone; it is given one below
_FIRST_SERIAL, _LAST_SERIAL = 36_526, 73_415
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class Written:
    """A written time; `day_only` when no time of day was given."""

    at: datetime
    day_only: bool

    @property
    def end(self) -> datetime:
        """When it is over: a day ends at 24:00."""
        return self.at + timedelta(days=1) if self.day_only else self.at


def written(text: str) -> Written | None:
    """Read a time; None for what is none, or lies outside 2000 to 2100."""
    text = text.strip().replace("：", ":").replace("／", "/")[:40]
    try:
        found = _read(text)
    except (ValueError, OverflowError):
        return None
    return found if found is not None and _FIRST_YEAR <= found.at.year < _LAST_YEAR else None


def _read(text: str) -> Written | None:
    if _ZONED.fullmatch(text):
        return Written(datetime.fromisoformat(text).astimezone(UTC), day_only=False)
    if _SERIAL.fullmatch(text) and _FIRST_SERIAL <= float(text) < _LAST_SERIAL:
        moment = _SERIAL_BEGIN + timedelta(seconds=round(float(text) * 86_400))
        return Written(moment.replace(tzinfo=SHANGHAI), day_only="." not in text)
    match = _WRITTEN.fullmatch(text) or _COMPACT.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    # 24:00 is the end of the day in Chinese documents.
    moment = datetime(year, month, day, hour % 24 if hour == 24 else hour, minute, second, tzinfo=SHANGHAI)
    return Written(moment + timedelta(days=hour == 24), day_only=match[4] is None)
