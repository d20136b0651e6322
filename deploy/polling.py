"""What is asked for instead of being told: mailboxes, vendors' lists, folders. Each kind is one service."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from deploy.supervisor import Plan, Supervisor
from gateway.intake import IntakePath, open_intake
from infra.objects import open_store
from infra.service import Health
from operations.assembly import numbering_of, pseudonym_key_of, with_spool_of
from schemas.settings import Settings


def open_own_intake(settings: Settings, part: str) -> IntakePath:
    """Return the intake path of a part, with a spool of its own; use it with `async with`."""
    own = with_spool_of(settings, part)
    return open_intake(own, numbering_of(own), pseudonym_key_of(own), open_store(own))


class PollingService(ABC):
    """All sources of one kind on an intake path of their own; each is polled by itself."""

    name: str

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._pollers = Supervisor(())
        self._intake: IntakePath | None = None

    @abstractmethod
    def plans(self, intake: IntakePath) -> Sequence[Plan]:
        """What polls each source."""

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop`; a delivery in hand is finished first."""
        async with self.opened() as intake:
            self._intake = intake
            self._pollers = Supervisor(self.plans(intake))
            await self._pollers.run(stop)

    def health(self) -> Health:
        """Ready while every source answers and deliveries can be made durable."""
        if self._intake is None:
            return Health(self.name, False, "starting")
        parts = [self._intake.health(), *self._pollers.health()]
        detail = "; ".join(f"{one.name}: {one.detail}" for one in parts)
        facts = {f"{one.name} {name}": value for one in parts for name, value in one.facts.items()}
        return Health(self.name, all(one.ready for one in parts), detail, facts)

    def parts(self) -> Sequence[Health]:
        """Its intake path and each source by itself."""
        if self._intake is None:
            return ()
        return [replace(self._intake.health(), name=f"{self.name} intake"), *self._pollers.every_health()]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[IntakePath]:
        """Open the intake path, and whatever else the pollers share."""
        async with open_own_intake(self.settings, self.name) as intake:
            yield intake
