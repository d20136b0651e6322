"""The supervisor: a failing part comes back and is seen meanwhile, the others go on, everything stops when asked."""

import asyncio
from collections.abc import Callable

import pytest

from deploy import supervisor
from deploy.supervisor import Plan, Supervisor
from infra.service import Health
from schemas.errors import StageStopped
from tests.waiting import until


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE_S", 0.002)


class Steady:
    def __init__(self, name: str = "steady") -> None:
        self.name = name
        self.drained = False

    async def run(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.drained = True

    def health(self) -> Health:
        return Health(self.name, True, "works")


class Failing:
    name = "failing"

    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    async def run(self, stop: asyncio.Event) -> None:
        raise self._failure

    def health(self) -> Health:
        return Health(self.name, True, "works")


def failing_at_first(failure: Exception, times: int) -> tuple[list[int], Callable[[], Failing | Steady]]:
    starts: list[int] = []

    def build() -> Failing | Steady:
        starts.append(1)
        return Failing(failure) if len(starts) <= times else Steady("failing")

    return starts, build


@pytest.mark.parametrize("failure", [RuntimeError("boom"), StageStopped("20 dead letters in a row")])
async def test_a_part_that_fails_is_started_again_until_it_holds(failure: Exception) -> None:
    stop = asyncio.Event()
    starts, build = failing_at_first(failure, times=3)
    parts = Supervisor([Plan("failing", build)])

    running = asyncio.create_task(parts.run(stop))
    await until(parts.ready)
    stop.set()
    await running

    assert len(starts) == 4


async def test_while_a_part_is_down_it_is_not_ready_and_says_why_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE_S", 600)
    stop = asyncio.Event()
    parts = Supervisor([Plan("route", lambda: Failing(StageStopped("20 in a row"))), Plan("steady", Steady)])

    running = asyncio.create_task(parts.run(stop))
    await until(lambda: parts.health()[1].ready and "20 in a row" in parts.health()[0].detail)
    route, steady = parts.health()
    stop.set()
    await running

    assert not route.ready
    assert "stopped until a person decides" in route.detail
    assert steady.ready


async def test_an_unexpected_failure_is_named_by_class_only() -> None:
    stop = asyncio.Event()
    parts = Supervisor([Plan("failing", lambda: Failing(RuntimeError("13800138000")))])

    running = asyncio.create_task(parts.run(stop))
    await until(lambda: "RuntimeError" in parts.health()[0].detail)
    shown = parts.health()[0].detail
    stop.set()
    await running

    assert "13800138000" not in shown


async def test_a_stop_lets_every_part_drain() -> None:
    stop, one, other = asyncio.Event(), Steady("one"), Steady("other")
    parts = Supervisor([Plan("one", lambda: one), Plan("other", lambda: other)])

    running = asyncio.create_task(parts.run(stop))
    await until(parts.ready)
    stop.set()
    await running

    assert one.drained
    assert other.drained
