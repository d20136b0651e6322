"""Lists as array literals, written in one go: our statements send one array a column, thousands of values each.

Source: PostgreSQL 18, "Array Input and Output Syntax". psycopg 3.3 asks each element for its dumper and searches it for
signs to quote: 1 microsecond an id, 4 a JSON text; this takes 0.2.
"""

from collections.abc import Callable
from datetime import datetime
from types import NoneType
from typing import Any
from uuid import UUID

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import PyFormat
from psycopg.types.array import BaseListDumper, ListDumper


def _quoted(value: str) -> str:
    if "\\" in value or '"' in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'


_WRITTEN: dict[type, Callable[[Any], str]] = {
    str: _quoted,
    UUID: lambda value: f"{value.int:032x}",
    datetime: lambda value: f'"{value.isoformat()}"',
    int: str,
    bool: lambda value: "t" if value else "f",
}
"""How the values of one list are written. Lists of anything else go psycopg's own way."""


class ArrayDumper(ListDumper):
    """Writes lists of texts, ids, times, whole numbers or truths, None among them; the statement names their type."""

    def get_key(self, obj: list[Any], format: PyFormat) -> Any:
        """One dumper for all lists that are written here: their elements need no look."""
        return (self.cls, ArrayDumper) if _writer(obj) else super().get_key(obj, format)

    def upgrade(self, obj: list[Any], format: PyFormat) -> BaseListDumper:
        """See `get_key`."""
        return self if _writer(obj) else super().upgrade(obj, format)

    def dump(self, obj: list[Any]) -> Buffer | None:
        """The literal. Raises `DataError` for NUL in a text, as psycopg does for a text alone."""
        write = _writer(obj)
        if write is None:
            return super().dump(obj)
        literal = "{" + ",".join(["NULL" if value is None else write(value) for value in obj]) + "}"
        if "\0" in literal:
            raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
        return literal.encode()


def _writer(values: list[Any]) -> Callable[[Any], str] | None:
    types = set(map(type, values)) - {NoneType}
    if len(types) == 1:
        [one] = types
        return _WRITTEN.get(one) or (_quoted if issubclass(one, str) else None)
    return _quoted if types and all(issubclass(one, str) for one in types) else None
