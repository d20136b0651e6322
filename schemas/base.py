"""The base of every record: clean text, aware times in RFC 3339 with milliseconds, room for unknown fields."""

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, PlainSerializer

REPLACEMENT = "�"
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    """Replace NUL and lone surrogates by U+FFFD, which keeps every span where it was.

    PostgreSQL refuses both (NUL raises a data error, a surrogate cannot be encoded as UTF-8).
    """
    return _UNSTORABLE.sub(REPLACEMENT, text)


def rfc3339(moment: datetime) -> str:
    """Render an aware time as RFC 3339 in UTC with milliseconds: ``2026-11-22T07:31:00.123Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _milliseconds(moment: datetime) -> datetime:
    utc = moment.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def _cleaned(value: Any) -> Any:
    return storable(value) if isinstance(value, str) else value


Instant = Annotated[
    AwareDatetime,
    AfterValidator(_milliseconds),
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
]
"""An aware point in time, kept in UTC and cut to milliseconds."""

Text = Annotated[str, BeforeValidator(_cleaned)]
"""Text that PostgreSQL and JSON can hold: no NUL, no lone surrogate."""


class Record(BaseModel):
    """One value on a topic. Unknown fields are accepted and carried along, so old readers read new records."""

    model_config = ConfigDict(frozen=True, extra="allow", ser_json_timedelta="iso8601")

    def to_json(self) -> bytes:
        """Serialise to UTF-8 JSON as it travels, empty optional fields left out."""
        return self.model_dump_json(exclude_none=True).encode()


class Part(BaseModel):
    """A nested object inside a record, with the same tolerance for unknown fields."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Vocabulary(StrEnum):
    """Words we know today of a vocabulary that may grow: a word of a newer writer is read, kept and written on."""

    @classmethod
    def _missing_(cls, value: object) -> "Vocabulary | None":
        if not isinstance(value, str):
            return None
        unknown = str.__new__(cls, value)
        unknown._name_, unknown._value_ = value, value
        return unknown
