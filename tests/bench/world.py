"""What every benchmark starts from: the embedded platform in a folder of its own, the machine, the progress bar."""

import os
import platform as host
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType
from psycopg import sql
from rich.progress import Progress, TaskID

from deploy.local import EmbeddedPlatform, Part
from deploy.local.processes import recall
from deploy.local.status import MailboxAddress
from tests.bench.log import create
from tests.bench.processes import cpu_s, memory_mb

_BROKER = ("log.flush.interval.messages", "min.insync.replicas", "transaction.state.log.replication.factor")
_DATABASE = ("fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "shared_buffers")


@dataclass
class World:
    """The running platform and how this run is to be done. `quick` means shorter rounds and fewer records."""

    platform: EmbeddedPlatform
    quick: bool
    bars: Progress
    task: TaskID | None = None

    def of(self, quick: int, full: int) -> int:
        """Choose a size by how this run is to be done."""
        return quick if self.quick else full

    @property
    def home(self) -> Path:
        """The folder of this run."""
        return self.platform.home

    @property
    def bootstrap(self) -> str:
        """Where the broker is."""
        found = self.platform.status().kafka
        assert found
        return found.bootstrap_servers

    @property
    def database_url(self) -> str:
        """The platform's own database, whose user may create others."""
        found = self.platform.status().database
        assert found
        return found.url

    @property
    def mailbox(self) -> MailboxAddress:
        """The mailbox server; it makes a mailbox at the first login and takes any password."""
        found = self.platform.status().mailbox
        assert found
        return found

    @property
    def scale(self) -> str:
        """The scale of the fault tests."""
        return "small" if self.quick else "large"

    def pids(self) -> dict[str, int]:
        """Process ids of the platform's parts."""
        found = {part.value: recall(self.home / "run" / f"{part.value}.pid.json") for part in Part}
        return {name: process.pid for name, process in found.items() if process is not None}

    def cpu_s(self) -> dict[str, float]:
        """Processor seconds of the platform's parts so far; backends of the database that ended are included."""
        return {name: cpu_s([pid]) for name, pid in self.pids().items()}

    def memory_mb(self) -> dict[str, float]:
        """Resident memory of the platform's parts now; the database's shared buffers count for each backend."""
        return {name: memory_mb([pid]) for name, pid in self.pids().items()}

    def prefix(self, name: str) -> str:
        """A prefix for topics and groups that nobody used before."""
        return f"{name}{secrets.token_hex(2)}"

    def topics(self, names: list[str]) -> None:
        """Create topics of three partitions."""
        create(self.bootstrap, names)

    @contextmanager
    def database(self) -> Iterator[str]:
        """Give the URL of an empty database, dropped afterwards."""
        name = f"bench_{secrets.token_hex(4)}"
        with psycopg.connect(self.database_url, autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield urlsplit(self.database_url)._replace(path=f"/{name}").geturl()
        with psycopg.connect(self.database_url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def steps(self, name: str, total: int) -> None:
        """Begin the progress bar of one benchmark."""
        self.task = self.bars.add_task(name, total=total, doing="")

    def step(self, doing: str = "") -> None:
        """Advance the bar by one and say what comes next."""
        if self.task is not None:
            self.bars.update(self.task, advance=1, doing=doing)

    def durability(self) -> dict[str, str]:
        """The settings that decide what an acknowledgement is worth, as the running parts tell them."""
        resource = ConfigResource(ResourceType.BROKER, "1")
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        [described] = admin.describe_configs([resource]).values()
        found = described.result(30)
        told = {f"kafka {name}": str(found[name].value) for name in _BROKER}
        told["kafka producers"] = "acks=all, idempotent"
        with psycopg.connect(self.database_url) as connection:
            for name in _DATABASE:
                row = connection.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchone()
                told[f"postgresql {name}"] = str(row[0]) if row else ""
        return told


def machine() -> dict[str, str | float | int]:
    """What it ran on, and how busy that was before."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in _cpuinfo().splitlines() if line.startswith("model name")),
        host.processor(),
    )
    return {
        "cpu": cpu,
        "cores": os.cpu_count() or 0,
        "memory_gb": round(psutil.virtual_memory().total / 1024**3, 1),
        "system": f"{host.system()} {host.release()}",
        "python": host.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _cpuinfo() -> str:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8") if path.exists() else ""
