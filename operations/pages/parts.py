"""What the operations pages work with besides the gateway's own parts."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request

from infra.clock import present
from operations.findings import Finding
from operations.lag.rows import Board, Point
from operations.promises.board import PromiseBoard
from operations.watching import Watch
from schemas.policy import PolicyPack
from schemas.settings import Settings


class Boards(Protocol):
    """Looks at everything that can be behind, for all viewers at once."""

    @property
    def board(self) -> Board | None:
        """The last look; None before the first."""
        ...

    def history(self, key: str) -> Sequence[Point]:
        """A row's last 24 hours, a point a minute, the oldest first."""
        ...

    def subscribe(self) -> AsyncIterator[Board]:
        """Every new look from now on; ends when the sampler stops."""
        ...


class Watching(Protocol):
    """What is wrong and which promises are in danger, as looked at last; never waits."""

    def findings(self) -> Sequence[Finding]:
        """What is wrong now, the worst first."""
        ...

    def promises(self) -> PromiseBoard | None:
        """The promise clock; None before the first look."""
        ...


@dataclass(slots=True)
class OperationsParts:
    """`engine` and `watch` are None where no database is set: the pages then answer 503, and say so."""

    settings: Settings
    pack: PolicyPack
    engine: AsyncEngine | None
    lag: Boards | None = None
    watch: Watching | None = None
    now: Callable[[], datetime] = present
    watch: Watch | None = None


def operations_of(request: Request) -> OperationsParts:
    """The parts of the application that serves this request."""
    return cast(OperationsParts, request.app.state.operations)
