"""The product as operators run it: its own commands, one process each, on a database and topics of their own."""

import asyncio
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from pydantic import SecretStr

from connectors.rounds import Rounds
from deploy.preparation import prepare
from operations.assembly import connector_of, numbering_of, pseudonym_key_of
from schemas.complaint import Channel
from schemas.inbound import Inbound
from schemas.policy import load_pack
from schemas.settings import DatabaseSettings, KafkaSettings, KeySettings, Settings
from schemas.topics import Topic
from schemas.wire import Message, Naming
from tests.bench.log import wait_for
from tests.bench.processes import Measured
from tests.bench.world import World
from tests.faults.system import free_port
from workers.pipeline import PIPELINE, SERVICES, names

_READY_WITHIN_S = 120.0
_INTAKE = str(Path(sys.executable).parent / "intake")
_KEYS = {
    "INTAKE_KEYS__NUMBER": "number-key-of-the-benchmarks-0123456789",
    "INTAKE_KEYS__PSEUDONYM": "pseudonym-key-of-the-benchmarks-0123456789",
    "INTAKE_KEYS__TOKENS__A": "token-key-of-the-benchmarks-0123456789",
}
STAGES = tuple(spec.name for spec in PIPELINE)


def workers() -> tuple[str, ...]:
    """Every part that is no companion of another and sends nothing outside: the stages and the auditor if built in."""
    return (*STAGES, *(spec.name for spec in SERVICES if spec.beside is None and spec.name != "sender"))


def audited() -> bool:
    """Whether the auditor is part of the product."""
    return "auditor" in names()


@dataclass
class Product:
    """One installation: where its parts are, and the processes that run now."""

    world: World
    database_url: str
    naming: Naming
    environment: dict[str, str]
    running: dict[str, Measured] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """What its processes run under, as far as records depend on it."""
        return Settings(
            kafka=KafkaSettings(bootstrap_servers=self.world.bootstrap, prefix=self.naming.prefix),
            database=DatabaseSettings(url=SecretStr(self.database_url)),
            keys=KeySettings(
                number=SecretStr(_KEYS["INTAKE_KEYS__NUMBER"]),
                pseudonym=SecretStr(_KEYS["INTAKE_KEYS__PSEUDONYM"]),
                tokens={"a": SecretStr(_KEYS["INTAKE_KEYS__TOKENS__A"])},
            ),
        )

    @property
    def departments(self) -> list[str]:
        """Broker names of the department topics."""
        return [f"{self.naming.prefix}.departments.{one.code}.v1" for one in load_pack(None).departments]

    def topic(self, topic: Topic) -> str:
        """Name on the broker."""
        return self.naming.topic(topic)

    def start(self, parts: Mapping[str, Sequence[str]]) -> None:
        """Start processes by name → arguments of `intake`, and wait until all are ready."""
        self.begin(parts)
        for name in parts:
            self._until_ready(name)

    def begin(self, parts: Mapping[str, Sequence[str]]) -> None:
        """Start processes without waiting for them."""
        for name, arguments in parts.items():
            port = free_port()
            own = {"INTAKE_GATEWAY__PORT": str(port)} if arguments[0] in {"gateway", "run"} else {}
            own |= {"INTAKE_WORKER__HEALTH_PORT": str(port)} if not own else {}
            self.running[name] = Measured(name, [_INTAKE, *arguments], self.environment | own)
            self.urls[name] = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        """End all processes."""
        for process in self.running.values():
            process.ask_to_end()
        for process in self.running.values():
            process.end()
        self.running.clear()

    def cpu_s(self) -> dict[str, float]:
        """Processor seconds of each process so far, the platform's parts included."""
        own = {name: process.cpu_s() for name, process in self.running.items()}
        return own | self.world.cpu_s()

    def memory_mb(self) -> dict[str, float]:
        """Resident memory of each process now, the platform's parts included."""
        own = {name: process.memory_mb() for name, process in self.running.items()}
        return own | self.world.memory_mb()

    def as_gateway(self, bodies: Iterable[bytes], first: int = 0) -> Iterator[Sequence[Message]]:
        """The records that the gateway writes for each post: the raw delivery, then its complaint."""
        settings = self.settings
        web = connector_of(settings, Channel.WEB.value)
        rounds = Rounds(self.naming, numbering_of(settings), pseudonym_key_of(settings), settings.archive.inline_bytes)
        for number, body in enumerate(bodies, first):
            now = datetime.now(UTC)
            inbound = Inbound(
                channel=Channel.WEB.value,
                account="web",
                body=body,
                received_at=now,
                received_at_source="gateway",
                ingested_at=now,
                content_type="application/json",
                source={"kind": "api", "client": "bench", "idempotency_key": f"bench-{number}"},
            )
            yield rounds.make(inbound, web.parse(inbound)).messages

    def _until_ready(self, name: str) -> None:
        def ready() -> bool:
            self.running[name].check()
            try:
                return httpx.get(f"{self.urls[name]}/readyz", timeout=5).status_code == httpx.codes.OK
            except httpx.TransportError:
                return False

        wait_for(ready, _READY_WITHIN_S, f"{name} does not get ready")


@contextmanager
def product(world: World, extra: Mapping[str, str] | None = None) -> Iterator[Product]:
    """Give an installation with topics and tables, no process running; what is started is stopped at the end."""
    naming = Naming(world.prefix("p"))
    with world.database() as url:
        inherited = {name: text for name, text in os.environ.items() if not name.startswith("INTAKE_")}
        environment = inherited | _KEYS | {
            "INTAKE_HOME": str(world.home / naming.prefix),
            "INTAKE_KAFKA__BOOTSTRAP_SERVERS": world.bootstrap,
            "INTAKE_KAFKA__PREFIX": naming.prefix,
            "INTAKE_DATABASE__URL": url,
            "INTAKE_LOG_LEVEL": "WARNING",
            "INTAKE_GATEWAY__REQUESTS_PER_MINUTE": "0",
        } | dict(extra or {})  # fmt: skip
        made = Product(world, url, naming, environment)
        asyncio.run(prepare(made.settings))
        try:
            yield made
        finally:
            made.stop()
