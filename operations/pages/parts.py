"""What the operations pages work with besides the gateway's own parts."""

from dataclasses import dataclass
from typing import cast

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request

from operations.watching import Watch
from schemas.policy import PolicyPack
from schemas.settings import Settings


@dataclass(slots=True)
class OperationsParts:
    """`engine` and `watch` are None where no database is set: the pages then answer 503, and say so."""

    settings: Settings
    pack: PolicyPack
    engine: AsyncEngine | None
    watch: Watch | None = None


def operations_of(request: Request) -> OperationsParts:
    """The parts of the application that serves this request."""
    return cast(OperationsParts, request.app.state.operations)
