"""The services of the tests as Docker containers, for machines where a Docker engine answers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.local.kafka import ask_kafka
from deploy.local.mailbox import ask_mailbox
from deploy.local.ports import choose
from deploy.local.postgres import ask_postgres
from deploy.local.status import DatabaseAddress, KafkaAddress, MailboxAddress
from deploy.local.waiting import wait_until

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

_START_S = 120


def engine_answers() -> bool:
    """Tell within three seconds whether a Docker engine can be used."""
    if "DOCKER_HOST" not in os.environ and not Path("/var/run/docker.sock").exists():
        return False
    import docker  # type: ignore[import-untyped]  # comes with testcontainers; slow, so only if there is a chance

    with suppress(docker.errors.DockerException, OSError):
        client = docker.from_env(timeout=3)
        try:
            return bool(client.ping())
        finally:
            client.close()
    return False


def _container(image: str) -> "DockerContainer":
    from testcontainers.core.container import DockerContainer  # slow to import

    return DockerContainer(image)


@contextmanager
def kafka() -> Iterator[KafkaAddress]:
    """Run apache/kafka; the port is the same inside and outside because the broker tells clients its address."""
    port = choose()
    container = _container("apache/kafka:4.3.1").with_bind_ports(port, port)
    settings = {
        "NODE_ID": "1",
        "PROCESS_ROLES": "broker,controller",
        "CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "LISTENERS": f"PLAINTEXT://:{port},CONTROLLER://:9093",
        "ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "AUTO_CREATE_TOPICS_ENABLE": "false",
        "GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
        "SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
    }
    for name, value in settings.items():
        container.with_env(f"KAFKA_{name}", value)
    with container:
        where = KafkaAddress(bootstrap_servers=f"127.0.0.1:{port}")
        wait_until(lambda: ask_kafka(where), _START_S)
        yield where


@contextmanager
def postgres() -> Iterator[DatabaseAddress]:
    """Run postgres 18."""
    container = _container("postgres:18").with_exposed_ports(5432)
    container.with_env("POSTGRES_USER", "intake").with_env("POSTGRES_PASSWORD", "intake").with_env("TZ", "UTC")
    with container:
        where = DatabaseAddress.of("intake", "intake", int(container.get_exposed_port(5432)), "intake")
        wait_until(lambda: ask_postgres(where), _START_S)
        yield where


@contextmanager
def mailbox() -> Iterator[MailboxAddress]:
    """Run GreenMail; any user opens a mailbox."""
    container = _container("greenmail/standalone:2.1.13").with_exposed_ports(3143, 3025)
    container.with_env(
        "GREENMAIL_OPTS", "-Dgreenmail.setup.test.all -Dgreenmail.hostname=0.0.0.0 -Dgreenmail.auth.disabled"
    )
    with container:
        imap, smtp = (f"127.0.0.1:{container.get_exposed_port(port)}" for port in (3143, 3025))
        where = MailboxAddress(imap=imap, smtp=smtp, user="complaints@demo.local", password="demo")
        wait_until(lambda: ask_mailbox(where), _START_S)
        yield where
