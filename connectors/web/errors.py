"""What is wrong with a post, field by field, so that its sender can mend it."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from schemas.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field. `path` leads to it in the JSON; `code` is stable; `detail` never quotes what was sent."""

    path: tuple[str | int, ...]
    code: str
    detail: str


class InvalidFields(InvalidRequest):
    """Fields are missing or wrong: answered with 422 naming each."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{'.'.join(map(str, one.path)) or 'body'}: {one.detail}" for one in self.errors))


class Malformed(InvalidRequest):
    """The body does not follow its content type: answered with 400."""

    http_status = 400


class ScopeRequired(InvalidRequest):
    """Identifiers only a trusted system may state came without its token: answered with 403."""

    http_status = 403


_CODES = {
    "missing": "missing",
    "string_too_short": "missing",
    "value_error": "invalid",
    "string_too_long": "too_long",
    "too_long": "too_many",
}
"""Kinds of pydantic's errors → codes of ours; any other is `invalid`."""


def from_validation(error: ValidationError) -> InvalidFields:
    """Translate what pydantic found; messages are pydantic's own, which name limits and never values."""
    return InvalidFields(
        FieldError(one["loc"], _CODES.get(one["type"], "invalid"), one["msg"].removeprefix("Value error, "))
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    )
