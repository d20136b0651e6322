"""A later stage's record around an earlier one: what was checked is not checked again, what was written not rewritten.

A complaint travels through four topics and each adds its part. Measured on 950-byte complaints: wrapping takes 2.5
instead of 10 microseconds (`model_construct`), writing 4 instead of 6, handing on unchanged less than 1.
"""

from functools import cache
from typing import Any, TypeVar

from schemas.base import Record

R = TypeVar("R", bound=Record)

_ESCAPED_NUL = b"\\u0000"


def wrap(kind: type[R], earlier: Record, **added: Any) -> R:
    """Return `earlier` with the fields `added` as a `kind`, which must declare exactly these besides.

    Nothing is validated: the one was when it was read, the others are made by us.
    """
    unknown = earlier.model_extra or {}
    record = kind.__new__(kind)
    object.__setattr__(record, "__dict__", earlier.__dict__ | added)
    object.__setattr__(record, "__pydantic_fields_set__", earlier.model_fields_set | added.keys())
    object.__setattr__(record, "__pydantic_extra__", {name: unknown[name] for name in unknown.keys() - added.keys()})
    object.__setattr__(record, "__pydantic_private__", None)
    return record


def wrapped_json(record: Record, earlier: Record, written: bytes) -> bytes | None:
    """Return the JSON of `record` as `written`, the JSON of `earlier`, with the fields behind that `record` adds.

    The same bytes as `record.to_json()` when `written` is `earlier.to_json()`. None when `record` does not hold
    all of `earlier` unchanged, or when bytes or unknown fields need the way through the model.
    """
    if earlier.__pydantic_extra__ or record.__pydantic_extra__ or not _is_plain(written):
        return None
    if record is earlier:
        return written
    if not earlier.__dict__.items() <= record.__dict__.items():
        return None
    added = record.to_json(only=_added(type(record), type(earlier)))
    return written[:-1] + b"," + added[1:] if len(added) > 2 else written


@cache
def _added(kind: type[Record], earlier: type[Record]) -> set[str]:
    return kind.model_fields.keys() - earlier.model_fields.keys()


def _is_plain(written: bytes) -> bool:
    """Whether fields can be put behind: no white space around, and no NUL that reading replaced."""
    return written.startswith(b"{") and written.endswith(b"}") and _ESCAPED_NUL not in written
