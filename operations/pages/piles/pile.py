"""What a pile is to its pages."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from operations.saying import Said
from schemas.commands import Resolution

Action = Literal["replay", "discard"]


@dataclass(frozen=True, slots=True)
class Row:
    """One item. `group` is what may be acted on together; `what` says why it is here."""

    item: UUID
    number: str
    where: str
    since: datetime
    group: str
    what: Said
    detail: str
    size_bytes: int
    attempt: int = 1
    state: str = "open"
    resolved_by: str | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """All open items, the oldest first; reasons with how many, what each means, and where items come from."""

    rows: Sequence[Row]
    groups: Sequence[tuple[str, int]]
    words: Mapping[str, Said]
    wheres: Sequence[str]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Overview":
        """Put them in order and count them."""
        ordered = sorted(rows, key=lambda row: (row.since, row.item))
        groups = Counter(row.group for row in ordered).most_common()
        return cls(ordered, groups, {row.group: row.what for row in ordered}, sorted({row.where for row in ordered}))


@dataclass(frozen=True, slots=True)
class Bytes:
    """One piece of what lies behind an item, as it came."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """What lies behind an item: the masked beginning (None: no text), and the pieces as they came."""

    preview: str | None
    pieces: tuple[Bytes, ...]
    sealed: bool


class Pile(Protocol):
    """One kind of what waits. `name` is its place in addresses, texts and the audit log."""

    @property
    def name(self) -> str:
        """`suspended` or `dead-letters`."""
        ...

    async def overview(self) -> Overview:
        """The open ones."""
        ...

    async def row(self, item: UUID) -> Row | None:
        """One that is open or ended lately."""
        ...

    async def content(self, item: UUID) -> Content:
        """What lies behind it. Raises `Gone`."""
        ...

    async def act(
        self, action: Action, items: Sequence[UUID], reason: str, by: str, *, dry_run: bool
    ) -> list[Resolution]:
        """Act on open ones, or say what would be done. What is not there any more is left out."""
        ...
