"""The index stage: the writer of `complaint_index`. Emits nothing: the row is the product.

The highest revision of a complaint wins, whatever the order in which revisions come: a lower one changes nothing.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Table, TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.indexed import IndexedView
from schemas.tables.index import COMPLAINT_INDEX, INDEX_DECISIONS
from schemas.topics import CLASSIFIED, Topic
from workers.index.rows import row_of
from workers.runtime.stage import Emit, Incoming

_TERMS = "terms"


class Indexed(BaseModel):
    """The decision: nothing but that it was indexed."""


def _statement() -> TextClause:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    types = {column.name: column.type.compile(dialect) for column in COMPLAINT_INDEX.columns} | {_TERMS: "TEXT[]"}
    given = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
    names = ", ".join(f'"{name}"' for name in types)
    values = ", ".join(f'array_to_tsvector("{name}")' if name == _TERMS else f'"{name}"' for name in types)
    changed = ", ".join(f'"{name}" = excluded."{name}"' for name in types if name != "complaint_id")
    return text(
        f"INSERT INTO complaint_index ({names}) "  # noqa: S608 - names come from the table's declaration
        f"SELECT {values} FROM jsonb_to_recordset(CAST(:rows AS JSONB)) AS given({given}) "
        f"ON CONFLICT (complaint_id) DO UPDATE SET {changed} WHERE complaint_index.revision < excluded.revision"
    )


_UPSERT = _statement()


@dataclass(slots=True)
class IndexStage:
    """Keeps the newest revision of every complaint where it can be found. `key` makes pseudonyms."""

    key: bytes = field(repr=False)
    name: str = "index"
    reads: tuple[Topic, ...] = (CLASSIFIED.seen_as(IndexedView),)
    writes: tuple[Topic, ...] = ()
    decisions: Table = INDEX_DECISIONS
    locks: Table | None = None
    decision_type: type[Indexed] = Indexed

    def identity(self, item: Incoming[IndexedView]) -> tuple[UUID, int]:
        """The complaint and its revision."""
        return item.record.complaint_id, item.record.revision

    def keys(self, item: Incoming[IndexedView]) -> Iterable[str]:
        """None: the row's primary key is the only thing two workers could meet at."""
        return ()

    async def decide(self, connection: AsyncConnection, items: Sequence[Incoming[IndexedView]]) -> Sequence[Indexed]:
        """Write the highest revision of each complaint of the batch, in the order of ids: no two workers wait."""
        highest: dict[UUID, IndexedView] = {}
        for item in items:
            known = highest.get(item.record.complaint_id)
            if known is None or known.revision < item.record.revision:
                highest[item.record.complaint_id] = item.record
        rows = [row_of(self.key, highest[one]) for one in sorted(highest)]
        await connection.execute(_UPSERT, {"rows": json.dumps(rows)})
        return [Indexed() for _ in items]

    def emit(self, item: Incoming[IndexedView], decision: Indexed) -> Sequence[Emit]:
        """Nothing."""
        return ()
