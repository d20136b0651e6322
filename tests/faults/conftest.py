"""One running system a module, on a platform that may be stopped and killed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.local import EmbeddedPlatform
from deploy.local.status import PlatformStatus
from schemas.policy import load_pack
from schemas.topics import PIPELINE_TOPICS
from tests import scale
from tests.faults.broker import Broker
from tests.faults.offering import Offered
from tests.faults.proxy import Relay
from tests.faults.sink import Sink
from tests.faults.system import EVERY_ONE, IMAP, System, build, free_port, sharing
from tests.faults.witness import Witness
from tests.services import own_embedded_platform

DESK = "desk@shop.example"
PROCESSES = scale.of(
    sharing("deduplicate", "classify", "route", "acknowledge", "sender", "fetcher"),
    EVERY_ONE,
)
"""The workers that share a process: what has to stand still or die alone is alone. At full scale, every one is."""
PARTNER_TOKEN = "token-of-a-partner-of-the-fault-tests-0123456789"
"""Of an API client that may state what it has proven of a customer."""
IN_FLIGHT = 8
"""What one sender process sends at a time (`sender.concurrency`): cut off in the middle, their outcome is unknown."""


FAST = {
    "INTAKE_WORKER__SESSION_TIMEOUT": "PT6S",
    "INTAKE_SENDER__UNKNOWN_WAIT": "PT2S",
    "INTAKE_SENDER__RETRY_AFTER": "PT1S",
    "INTAKE_SENDER__RETRY_AT_MOST": "PT4S",
    "INTAKE_CLOCK__SWEEP_EVERY": "PT2S",
    "INTAKE_LEDGER__REPUBLISH_AFTER": "PT15S",
}
"""What operators leave at minutes, so that a test sees it in seconds; a broker allows no shorter session than 6 s."""


@dataclass
class World:
    """Everything a fault test touches: the product, the platform, the customers' side."""

    system: System
    platform: EmbeddedPlatform
    sink: Sink
    relay: Relay
    witness: Witness
    broker: Broker
    departments: list[str]
    bootstrap: str
    database_url: str
    smtp_in: str
    imap_direct: str
    mailbox_password: str
    mailbox: str = DESK
    offered: Offered = field(default_factory=Offered)
    cut_off: int = 0
    """Messages that a test has cut off besides those in the hands of killed senders."""
    outage_began: float = 0.0
    """Seconds of the monotonic clock."""

    @property
    def unknown_at_most(self) -> int:
        """How many acknowledgements may be of unknown outcome."""
        return self.cut_off + IN_FLIGHT * self.system.kills("sender")


def environment_of(status: PlatformStatus, relay: Relay, sink: Sink) -> dict[str, str]:
    """The settings of every process."""
    assert status.kafka
    assert status.database
    assert status.mailbox
    return FAST | {
        "INTAKE_KAFKA__BOOTSTRAP_SERVERS": status.kafka.bootstrap_servers,
        "INTAKE_DATABASE__URL": status.database.url,
        "INTAKE_MAILBOXES__DESK__HOST": "127.0.0.1",
        "INTAKE_MAILBOXES__DESK__PORT": str(relay.port),
        "INTAKE_MAILBOXES__DESK__SECURITY": "plain",
        "INTAKE_MAILBOXES__DESK__USER": DESK,
        "INTAKE_MAILBOXES__DESK__PASSWORD": status.mailbox.password,
        "INTAKE_MAILBOXES__DESK__POLL_EVERY": "PT2S",
        "INTAKE_MAILBOXES__DESK__TIMEOUT": "PT10S",
        "INTAKE_MAILBOXES__DESK__RETRY_AT_MOST": "PT2S",
        "INTAKE_SMTP__HOST": "127.0.0.1",
        "INTAKE_SMTP__PORT": str(sink.port),
        "INTAKE_SMTP__SECURITY": "plain",
        "INTAKE_SMTP__FROM_ADDRESS": DESK,
        "INTAKE_GATEWAY__API_CLIENTS__PARTNER": PARTNER_TOKEN,
        "INTAKE_GATEWAY__API_SCOPES__PARTNER": '["identify"]',
    }


def running(
    platform: EmbeddedPlatform,
    home: Path,
    workers: tuple[tuple[str, ...], ...],
    settings: Mapping[str, str] | None = None,
    connectors: tuple[str, ...] = IMAP,
) -> Iterator[World]:
    """Start everything, hand it out, stop everything. `settings` are those beside the ones every system has."""
    status = platform.status()
    assert status.kafka
    assert status.database
    assert status.mailbox
    imap_host, imap_port = status.mailbox.imap.rsplit(":", 1)
    relay, sink = Relay(imap_host, int(imap_port)), Sink(free_port())
    departments = [f"departments.{department.code}.v1" for department in load_pack(None).departments]
    bootstrap = status.kafka.bootstrap_servers
    system = build(home, environment_of(status, relay, sink) | dict(settings or {}), workers, connectors)
    try:
        system.start()
        witness = Witness(bootstrap, "", [topic.name for topic in PIPELINE_TOPICS] + departments)
        try:
            yield World(
                system,
                platform,
                sink,
                relay,
                witness,
                Broker(bootstrap),
                departments,
                bootstrap,
                status.database.url.replace("+psycopg", "", 1),
                status.mailbox.smtp,
                status.mailbox.imap,
                status.mailbox.password,
            )
        finally:
            witness.close()
    finally:
        system.stop()
        sink.stop()
        relay.close()


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Gateway, mail connector and the workers in several processes; what earlier tests offered stays offered."""
    with own_embedded_platform() as platform:
        yield from running(platform, tmp_path_factory.mktemp("home"), PROCESSES)
