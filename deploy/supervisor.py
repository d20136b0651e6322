"""Many parts in one process: a failing one is started again and shown not ready meanwhile, never silently gone."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infra.logs import log
from infra.service import Composite, Health, Service
from schemas.errors import IntakeError, StageStopped

_log = log(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
SETTLED_AFTER_S = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """A part to be run. `build` makes it anew for every start, so that nothing of a failed one is left.

    A part with `after` is not started before that event; `waits_for` says what it is.
    """

    name: str
    build: Callable[[], Service]
    after: asyncio.Event | None = None
    waits_for: str = ""


class Supervised:
    """One part under supervision."""

    def __init__(self, plan: Plan) -> None:
        self.name = plan.name
        self._plan = plan
        self._service: Service | None = None
        self._why = "not started yet"
        self._pause_s = FIRST_PAUSE_S

    def health(self) -> Health:
        """How the part is; not ready with the reason while it is being started again."""
        if self._service is None:
            return Health(self.name, False, self._why)
        return self._service.health()

    def parts(self) -> Sequence[Health]:
        """How the parts that it is made of are; none for a part that is one piece, or does not run."""
        return self._service.parts() if isinstance(self._service, Composite) else ()

    async def run(self, stop: asyncio.Event) -> None:
        """Run the part until `stop`, again and again; pauses double from 1 s to 30 s and begin anew once it settled."""
        await self._wait_until_prepared(stop)
        while not stop.is_set():
            began = asyncio.get_running_loop().time()
            self._why = await self._run_once(stop)
            if stop.is_set():
                break
            if asyncio.get_running_loop().time() - began > SETTLED_AFTER_S:
                self._pause_s = FIRST_PAUSE_S
            await self._pause(stop)

    async def _wait_until_prepared(self, stop: asyncio.Event) -> None:
        if self._plan.after is None:
            return
        self._why = f"waits for {self._plan.waits_for}"
        waits = {asyncio.create_task(event.wait()) for event in (self._plan.after, stop)}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in waits:
                waiting.cancel()

    async def _run_once(self, stop: asyncio.Event) -> str:
        try:
            self._service = self._plan.build()
            await self._service.run(stop)
        except StageStopped as stopped:
            # Asked again and again: `intake resume` clears the stored stop, then the next start goes on.
            self._pause_s = max(self._pause_s, LONGEST_PAUSE_S / 2)
            return f"stopped until a person decides: {stopped}"
        except IntakeError as error:
            return f"{type(error).__name__}: {error}"
        except Exception as error:  # noqa: BLE001 - the process's last guard: other parts must go on
            _log.error("a part failed", part=self.name, exc_info=error)
            return f"failed with {type(error).__name__}, see the log"
        finally:
            self._service = None
        return "ended" if stop.is_set() else "ended although nobody asked it to"

    async def _pause(self, stop: asyncio.Event) -> None:
        self._why = f"{self._why}; starts again within {self._pause_s:.0f} s"
        _log.warning("a part is started again", part=self.name, detail=self._why, retry_in_s=self._pause_s)
        try:
            async with asyncio.timeout(self._pause_s):
                await stop.wait()
        except TimeoutError:
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)


class Supervisor:
    """All parts of one process."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self._parts = [Supervised(plan) for plan in plans]

    def health(self) -> list[Health]:
        """How each part is, in the order of the plans."""
        return [part.health() for part in self._parts]

    def every_health(self) -> list[Health]:
        """The same, with the parts that parts are made of."""
        return [health for part in self._parts for health in (part.health(), *part.parts())]

    def ready(self) -> bool:
        """Whether every part is ready."""
        return all(health.ready for health in self.health())

    async def run(self, stop: asyncio.Event) -> None:
        """Run all parts until `stop`, then wait for each to finish within its own deadline. Cancelling forces."""
        async with asyncio.TaskGroup() as running:
            for part in self._parts:
                running.create_task(part.run(stop), name=part.name)
