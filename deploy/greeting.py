"""What a person sees of a start: samples are fed once all is ready, then the addresses are said."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.demo.accounts import FILE, note
from deploy.demo.channels import ChannelSamples
from deploy.demo.departments import NAME as DEPARTMENTS
from deploy.demo.departments import PLAYED, DemoDepartments
from deploy.demo.feed import feed
from deploy.demo.staff import DemoStaff, ensure_demo_staff
from deploy.demo.vendors import VENDORS, DemoVendors
from deploy.http import address_of, listen
from deploy.local.progress import Report
from deploy.settings import Installation
from deploy.supervisor import Plan, Supervisor
from deploy.welcome import fed, welcome
from schemas.errors import IntakeError
from schemas.settings import Settings

_READY_WITHIN_S = 120.0
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class RunningVendors:
    """The demo's vendors and the socket they listen on."""

    vendors: DemoVendors
    bound: socket.socket

    def plan(self) -> Plan:
        """Their server as a part of the process."""
        return Plan(VENDORS, lambda: self.vendors.server(self.bound))


@contextmanager
def demo_vendors(home: Path, *, begin: bool) -> Iterator[RunningVendors | None]:
    """Give the demo's vendors in a home where the demo was begun, now or before; None elsewhere.

    Their address is noted before the settings are read, which then hold the demo's accounts.
    """
    if not begin and not (home / FILE).exists():
        yield None
        return
    with listen("127.0.0.1", 0) as bound:
        yield RunningVendors(DemoVendors(note(home, address_of(bound))), bound)


@dataclass(frozen=True, slots=True)
class Show:
    """One start in front of a person."""

    installation: Installation
    report: Report
    demo: bool
    vendors: RunningVendors | None

    def plans(self, settings: Settings) -> list[Plan]:
        """The parts that only a demo has. A department whose own system is set up is not played."""
        if self.vendors is None:
            return []
        played = tuple(one for one in PLAYED if one.code not in settings.departments)
        return [self.vendors.plan(), Plan(DEPARTMENTS, lambda: DemoDepartments(settings.kafka, settings.home, played))]

    async def greet(self, parts: Supervisor, settings: Settings, engine: AsyncEngine, url: str) -> None:
        """Wait until all is ready, feed the samples, say where everything is."""
        await self._until_ready(parts)
        staff = None
        if self.vendors is not None:
            staff = await ensure_demo_staff(engine, settings.home, settings.staff, datetime.now(UTC))
        await asyncio.to_thread(self._present, settings, url, staff)

    def _present(self, settings: Settings, url: str, staff: DemoStaff | None) -> None:
        if self.demo:
            self._feed(settings, staff)
        self.report(
            welcome(settings, url, vendors=address_of(self.vendors.bound) if self.vendors else None, staff=staff)
        )

    def _feed(self, settings: Settings, staff: DemoStaff | None) -> None:
        try:
            for line in feed(settings):
                self.report(fed(line))
            if self.vendors is not None and staff is not None:
                for told in ChannelSamples(settings, self.vendors.vendors, staff).feed():
                    self.report(told)
        except (IntakeError, httpx.HTTPError) as error:
            self.report(f"the samples could not be fed: {error}")

    async def _until_ready(self, parts: Supervisor) -> None:
        loop = asyncio.get_running_loop()
        tell_at = loop.time() + _READY_WITHIN_S
        while not parts.ready():
            await asyncio.sleep(_LOOK_EVERY_S)
            if loop.time() > tell_at:
                tell_at = loop.time() + _READY_WITHIN_S
                for one in parts.health():
                    if not one.ready:
                        self.report(f"not ready: {one.name}: {one.detail}")
