"""One running system a module, on a platform that may be stopped and killed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.local import EmbeddedPlatform
from schemas.policy import load_pack
from schemas.topics import PIPELINE_TOPICS
from tests.faults.offering import Offered
from tests.faults.proxy import Relay
from tests.faults.sink import Sink
from tests.faults.system import STAGES, System, build, free_port
from tests.faults.witness import Witness
from tests.services import own_embedded_platform

DESK = "desk@shop.example"
IN_FLIGHT = 8
"""What one sender process sends at a time (`sender.concurrency`): cut off in the middle, their outcome is unknown."""


@dataclass
class World:
    """Everything a fault test touches: the product, the platform, the customers' side."""

    system: System
    platform: EmbeddedPlatform
    sink: Sink
    relay: Relay
    witness: Witness
    departments: list[str]
    smtp_in: str
    imap_direct: str
    mailbox_password: str
    mailbox: str = DESK
    offered: Offered = field(default_factory=Offered)
    unknown: set[str] = field(default_factory=set)


def running(platform: EmbeddedPlatform, home: Path, workers: tuple[tuple[str, ...], ...]) -> Iterator[World]:
    """Start everything, hand it out, stop everything."""
    status = platform.status()
    assert status.kafka
    assert status.database
    assert status.mailbox
    imap_host, imap_port = status.mailbox.imap.rsplit(":", 1)
    relay, sink = Relay(imap_host, int(imap_port)), Sink(free_port())
    environment = {
        "INTAKE_KAFKA__BOOTSTRAP_SERVERS": status.kafka.bootstrap_servers,
        "INTAKE_DATABASE__URL": status.database.url,
        "INTAKE_MAILBOXES__DESK__HOST": "127.0.0.1",
        "INTAKE_MAILBOXES__DESK__PORT": str(relay.port),
        "INTAKE_MAILBOXES__DESK__SECURITY": "plain",
        "INTAKE_MAILBOXES__DESK__USER": DESK,
        "INTAKE_MAILBOXES__DESK__PASSWORD": status.mailbox.password,
        "INTAKE_MAILBOXES__DESK__POLL_EVERY": "PT2S",
        "INTAKE_MAILBOXES__DESK__TIMEOUT": "PT10S",
        "INTAKE_SMTP__HOST": "127.0.0.1",
        "INTAKE_SMTP__PORT": str(sink.port),
        "INTAKE_SMTP__SECURITY": "plain",
        "INTAKE_SMTP__FROM_ADDRESS": DESK,
    }
    departments = [f"departments.{department.code}.v1" for department in load_pack(None).departments]
    system = build(home, environment, workers)
    try:
        system.start()
        topics = [topic.name for topic in PIPELINE_TOPICS] + departments
        witness = Witness(status.kafka.bootstrap_servers, "", topics)
        try:
            yield World(
                system,
                platform,
                sink,
                relay,
                witness,
                departments,
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


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Gateway, mail connector and one process a stage; what earlier tests offered stays offered."""
    with own_embedded_platform() as platform:
        yield from running(platform, tmp_path_factory.mktemp("home"), tuple((stage,) for stage in STAGES))
