"""What a stage is: a pure `decide` with the little it needs around it. No stage touches Kafka.

What is made for every record is a named tuple: a frozen dataclass takes 2.5 times as long to make.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.base import Record
from schemas.topics import Topic

R_contra = TypeVar("R_contra", bound=Record, contravariant=True)
R_co = TypeVar("R_co", bound=Record, covariant=True)
D = TypeVar("D", bound=BaseModel)

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Origin(NamedTuple):
    """Where a record lies: broker topic name, partition, offset."""

    topic: str
    partition: int
    offset: int


class Incoming(NamedTuple, Generic[R_co]):
    """One record as a stage sees it. `at` is the record's own timestamp: decide takes time from here only.

    `raw` is the record as it came, empty when that is not known.
    """

    record: R_co
    origin: Origin
    at: datetime
    headers: Mapping[str, str]
    raw: bytes = b""


class Emit(NamedTuple):
    """One record to write. `event_id` is stable over replays; `headers` are added to the CloudEvents ones."""

    topic: Topic
    record: Record
    key: str
    event_id: str
    subject: UUID | None = None
    headers: Mapping[str, str] = _NO_HEADERS


class PureStage(Protocol[R_contra]):
    """A stage without state: its output depends on the record alone (classify)."""

    name: str
    reads: tuple[Topic, ...]
    writes: tuple[Topic, ...]

    def decide(self, item: Incoming[R_contra]) -> Sequence[Emit]:
        """Turn one record into what is written for it. Raises `PoisonRecord` when it never can."""
        ...


@runtime_checkable
class DecidingStage(Protocol[R_contra, D]):
    """A stage with state or effects outside: decides once per (complaint, revision), inside one SQL transaction.

    The loop calls, for one batch of one partition: `identity` and `keys` of every record; then, in one SQL
    transaction, takes the row locks of all keys in one sorted statement, reads the decision rows, calls
    `decide` with the records that have none (in order), stores their rows; after the SQL commit it writes
    `emit` of every record that was decided now or before from the same origin, in one Kafka transaction with
    the offsets. A record whose row has another origin is a redelivery: nothing is written, it is counted.
    """

    name: str
    reads: tuple[Topic, ...]
    writes: tuple[Topic, ...]
    decisions: Table
    locks: Table | None
    decision_type: type[D]

    def identity(self, item: Incoming[R_contra]) -> tuple[UUID, int]:
        """The (complaint_id, revision) the decision is kept under."""
        ...

    def keys(self, item: Incoming[R_contra]) -> Iterable[str]:
        """Every blocking key whose state the decision reads or writes; pseudonyms, never personal data."""
        ...

    async def decide(self, connection: AsyncConnection, items: Sequence[Incoming[R_contra]]) -> Sequence[D]:
        """Decide the items in order, later ones seeing earlier ones; read and write only this stage's tables.

        May be called again with the same items after a rollback. Takes no time from the clock. Raises
        `PoisonRecord` (or a data error of SQL) for a record that can never be decided; the loop finds it.
        """
        ...

    def emit(self, item: Incoming[R_contra], decision: D) -> Sequence[Emit]:
        """What is written for the item under this decision. Pure: a replay writes the same."""
        ...


AnyStage = PureStage[Any] | DecidingStage[Any, Any]
