"""Reading the fields of a text as on one fixed day: Sunday, 22 November 2026, noon in Shanghai."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from schemas.normalise import fold
from schemas.records import Found
from workers.text.extract import Catalogue, extract

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
READ_CHARS = 4_000
"""So much of a text callers hand over."""


def read(text: str, catalogue: Catalogue | None = None) -> dict[str, tuple[Found, ...]]:
    """The fields of a text received at noon."""
    return extract(fold(text), NOON, SHANGHAI, catalogue)


def values(text: str, field: str) -> list[str]:
    """The values of one field."""
    return [found.value for found in read(text).get(field, ())]
