"""Writing many rows in one statement: one array a column, whatever the number of rows."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Table, TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


async def insert_rows(
    connection: AsyncConnection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    on_conflict: str = "DO NOTHING",
    returning: str | None = None,
) -> list[Any]:
    """Insert rows of the same columns; by default rows whose key is there already are left as they are.

    Returns the values of the column `returning` of the rows that were really inserted, else nothing.
    """
    if not rows:
        return []
    names = tuple(rows[0])
    arrays = {f"c{i}": _array(table.c[name], [row[name] for row in rows]) for i, name in enumerate(names)}
    done = await connection.execute(_insert_statement(table, names, on_conflict, returning), arrays)
    return [row[0] for row in done] if returning else []


@lru_cache(maxsize=64)
def _insert_statement(table: Table, names: tuple[str, ...], on_conflict: str, returning: str | None) -> TextClause:
    quoted = [f'"{name}"' for name in names]
    sent = [_type(table.c[name]) for name in names]
    arrays = ", ".join(f"CAST(:c{i} AS {'text' if kind == 'JSONB' else kind}[])" for i, kind in enumerate(sent))
    values = ", ".join(
        f"CAST(given.{name} AS JSONB)" if kind == "JSONB" else f"given.{name}"
        for name, kind in zip(quoted, sent, strict=True)
    )
    statement = (
        f"INSERT INTO {table.name} ({', '.join(quoted)}) "  # noqa: S608 - names come from the table's declaration
        f"SELECT {values} FROM unnest({arrays}) AS given({', '.join(quoted)}) ON CONFLICT {on_conflict}"
    )
    return text(f'{statement} RETURNING "{returning}"' if returning else statement)


def _type(column: "Column[Any]") -> str:
    return column.type.compile(_DIALECT)


def _array(column: "Column[Any]", values: list[Any]) -> list[Any]:
    return list(map(json.dumps, values)) if isinstance(column.type, JSONB) else values
