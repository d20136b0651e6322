"""Apache Kafka in KRaft mode: one process, broker and controller. Source: Kafka 4.3 documentation, read 2026-11-22."""

import asyncio
import base64
import os
import shutil
import socket
import subprocess
import threading
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.java import JAVA_ENVIRONMENT, java
from deploy.local.processes import Launch
from deploy.local.progress import Report
from deploy.local.service import Ports, Service
from deploy.local.status import KafkaAddress, Part
from deploy.local.waiting import NotReady
from schemas.errors import Unreachable

_JVM = ("-Xms256m", "-Xmx768m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true")
_QUIET = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",)
_LOGGING = (
    *_QUIET,
    "-Dorg.slf4j.simpleLogger.log.kafka.server=info",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS",
)

# After a crash the controller refuses the broker until its old session has run out (9 s by default). A broker alone has
# nobody to hand its partitions to; while it tries, it notes transactions as complete without writing their markers.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=data
num.partitions=3
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=1000
controlled.shutdown.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=3
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=3
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""


def cluster_id(random: uuid.UUID) -> str:
    """Return a cluster id of 22 characters. One that begins with a dash would be read as an option by StorageTool."""
    first, *rest = random.bytes
    return base64.urlsafe_b64encode(bytes((first & 0x7F, *rest))).decode().rstrip("=")


class Kafka(Service):
    """The broker. `classpath` holds its jars."""

    part: ClassVar[Part] = Part.KAFKA
    port_names: ClassVar[tuple[str, ...]] = ("broker", "controller")

    def __init__(self, home: Path, abandon: threading.Event, classpath: Sequence[Path]) -> None:
        super().__init__(home, abandon)
        self._folder = home / "kafka"
        self._classpath = classpath

    def prepare(self, ports: Ports, report: Report) -> Launch:
        """Write server.properties for these ports and format the data folder once."""
        properties, data = self._folder / "server.properties", self._folder / "data"
        self._folder.mkdir(parents=True, exist_ok=True)
        properties.write_text(_PROPERTIES.format_map(ports), encoding="ascii")
        formatted = self._folder / "formatted"
        if not formatted.exists():
            report("kafka: formatting its data folder")
            shutil.rmtree(data, ignore_errors=True)  # left by a formatting that was killed
            self._format(properties)
            formatted.touch()
        options = (*_JVM, *_LOGGING, self.marker)
        arguments = java(options, self._classpath, "kafka.Kafka", [str(properties)])
        return Launch(arguments, self.log, self._folder, environment=JAVA_ENVIRONMENT)

    def _format(self, properties: Path) -> None:
        cluster = cluster_id(uuid.uuid4())
        arguments = ["format", "-t", cluster, "-c", str(properties)]
        command = java(("-XX:TieredStopAtLevel=1",), self._classpath, "kafka.tools.StorageTool", arguments)
        done = subprocess.run(  # noqa: S603 - our own command
            command,
            cwd=self._folder,
            env={**os.environ, **JAVA_ENVIRONMENT},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Unreachable(f"kafka cannot format {self._folder}: {done.stderr or done.stdout}")

    def ask(self, ports: Ports) -> None:
        """Ask for the cluster's metadata."""
        ask_kafka(self.address(ports))

    def address(self, ports: Ports) -> KafkaAddress:
        """Return the bootstrap address."""
        return KafkaAddress(bootstrap_servers=f"127.0.0.1:{ports['broker']}")

    def tool(self, main_class: str, *arguments: str) -> list[str]:
        """Build the command line of one of Kafka's own tools, run with the same jars."""
        return java((*_QUIET, "-XX:TieredStopAtLevel=1", "-Xmx256m"), self._classpath, main_class, arguments)


def ask_kafka(where: KafkaAddress) -> None:
    """Return if the cluster's metadata names a broker (then it serves requests), else raise NotReady or OSError."""
    host, port = where.bootstrap_servers.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=1):
        pass  # aiokafka logs an error for each refused connection, so try the port first
    with ThreadPoolExecutor(1, thread_name_prefix="ask-kafka") as apart:  # the caller may run an event loop
        apart.submit(asyncio.run, _describe(where.bootstrap_servers)).result()


async def _describe(bootstrap_servers: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=5_000)
    try:
        await admin.start()
        if not (await admin.describe_cluster())["brokers"]:
            raise NotReady("no broker has registered yet")
    except KafkaError as error:
        raise NotReady(repr(error)) from error
    finally:
        await admin.close()
