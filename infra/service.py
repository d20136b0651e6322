"""What every long-running part looks like from outside: it runs until told to stop and says how it is."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Health:
    """How a part is. `ready` is what `/readyz` answers; `detail` is a sentence for operators without personal data."""

    name: str
    ready: bool
    detail: str
    facts: dict[str, str | int | float | bool] = field(default_factory=dict)


@runtime_checkable
class Composite(Protocol):
    """A part made of parts that are told apart: the mailboxes of one connector."""

    def parts(self) -> Sequence[Health]:
        """How each of them is, without waiting."""
        ...


class Service(Protocol):
    """A long-running part: a poller, a stage's worker, the sender, the sweeper."""

    name: str

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what is in flight within the part's own deadline and return.

        Heals from outages by itself; returns or raises early only for what a person must decide (`StageStopped`).
        """
        ...

    def health(self) -> Health:
        """The present state, without waiting."""
        ...
