"""The embedded platform as a whole: up, down, one part at a time, status, reset."""

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import psutil

from deploy.local import processes
from deploy.local.cache import JarCache, cache_folder
from deploy.local.files import locked, write_private
from deploy.local.jars import GREENMAIL_LOCK, KAFKA_LOCK, Jar, read_lock
from deploy.local.kafka import Kafka
from deploy.local.mailbox import Mailbox
from deploy.local.postgres import Postgres
from deploy.local.progress import Advance, Report, one_at_a_time, silent
from deploy.local.service import Service
from deploy.local.status import Address, Part, PlatformStatus, read_gateway

ALL_PARTS = frozenset(Part)

_LOCKS = {Part.KAFKA: KAFKA_LOCK, Part.MAILBOX: GREENMAIL_LOCK}
_MARK = ".intake-platform"
_OURS = frozenset({_MARK, "kafka", "postgres", "mailbox", "logs", "run", "platform.json", "gateway.json"})


class EmbeddedPlatform:
    """Kafka, PostgreSQL and a mailbox below the folder `home`, each a detached process that survives us.

    Every method may be called from several processes at once: one works, the others wait for it.
    All raise Unreachable with what to do. `cache` (default: `INTAKE_CACHE`, else per user) keeps the jars.
    """

    def __init__(self, home: Path, *, cache: Path | None = None, parts: frozenset[Part] = ALL_PARTS) -> None:
        self.home = home.expanduser().absolute()
        self._owner_file = self.home / "run" / "owner.json"
        self._abandon = threading.Event()
        self._jars = JarCache(cache_folder(cache), _fetch)
        self._pinned = {part: read_lock(_LOCKS[part]) for part in parts & _LOCKS.keys()}
        self._services: dict[Part, Service] = {part: self._build(part) for part in Part if part in parts}

    def up(self, progress: Report | None = None, *, owner_pid: int | None = None) -> PlatformStatus:
        """Start what does not run and return when everything answers. Downloads at the first call.

        Addresses stay the same from start to start. `owner_pid` is the process that will call `down` for what is
        started here; it does not take over what somebody else runs, only what a dead owner left. Ask `owner`.
        """
        report = one_at_a_time(progress or silent)
        with self._alone(report):
            self._mark()
            if owner_pid is not None:
                self._own(owner_pid)
            self._fetch_jars(self._services, report)
            self._together(lambda service: service.start(report))
        return self.status()

    def down(self) -> None:
        """Stop everything that runs below `home`; afterwards no process and no port is left."""
        with self._alone(silent):
            self._together(lambda service: service.stop())
            self._owner_file.unlink(missing_ok=True)

    def start(self, part: Part) -> None:
        """Start one part if it does not run; it keeps its address."""
        with self._alone(silent):
            self._fetch_jars([part], silent)
            self._services[part].start(silent)

    def stop(self, part: Part) -> None:
        """Stop one part cleanly."""
        with self._alone(silent):
            self._services[part].stop()

    def kill(self, part: Part) -> None:
        """End one part as a crash would (SIGKILL). For fault tests."""
        with self._alone(silent):
            self._services[part].kill()

    def status(self) -> PlatformStatus:
        """Return the addresses of what runs now. Asks the process list, not the services: fast and never waits."""
        found: dict[str, Address | None] = {part.value: service.where() for part, service in self._services.items()}
        return PlatformStatus.model_validate({**found, "gateway": read_gateway(self.home)})

    def owner(self) -> int | None:
        """Return the pid of the process that will stop the platform, ``None`` if it stands on its own."""
        process = processes.recall(self._owner_file)
        return process.pid if process is not None and processes.is_alive(process) else None

    def reset(self) -> list[Path]:
        """Stop everything and remove all data below `home`. Returns what was left because it is not ours.

        A folder that held other things before the first `up` keeps them.
        """
        self.down()
        with self._alone(silent):
            all_ours = (self.home / _MARK).exists()
            for entry in self.home.iterdir():
                if entry.name != "lock" and (all_ours or entry.name in _OURS):
                    shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        return [entry for entry in self.home.iterdir() if entry.name != "lock"]

    def kafka_tool(self, main_class: str, *arguments: str) -> list[str]:
        """Build the command line of a Kafka tool, e.g. ``org.apache.kafka.tools.consumer.ConsoleConsumer``.

        Downloads the jars when they are not there yet.
        """
        self._fetch_jars((Part.KAFKA,), silent)
        kafka = self._services[Part.KAFKA]
        assert isinstance(kafka, Kafka)  # noqa: S101 - tells mypy what _build made
        return kafka.tool(main_class, *arguments)

    def _own(self, pid: int) -> None:
        stands_alone = not self._owner_file.exists() and any(s.running() for s in self._services.values())
        if self.owner() is None and not stands_alone:
            processes.note(psutil.Process(pid), self._owner_file)

    def _build(self, part: Part) -> Service:
        classpath = [self._jars.path_of(jar) for jar in self._pinned.get(part, ())]
        match part:
            case Part.KAFKA:
                return Kafka(self.home, self._abandon, classpath)
            case Part.DATABASE:
                return Postgres(self.home, self._abandon)
            case Part.MAILBOX:
                return Mailbox(self.home, self._abandon, classpath)

    def _fetch_jars(self, parts: Iterable[Part], report: Report) -> None:
        jars: list[Jar] = [jar for part in parts for jar in self._pinned.get(part, ())]
        self._jars.ensure(jars, report)

    def _together(self, act: Callable[[Service], None]) -> None:
        """Let every service act at the same time; the first failure is raised after all have finished."""
        self._abandon.clear()
        with ThreadPoolExecutor(max(1, len(self._services)), thread_name_prefix="platform") as pool:
            running = [pool.submit(act, service) for service in self._services.values()]
            try:
                wait(running)
            except BaseException:  # Ctrl-C while waiting: let the threads come home, then pass it on
                self._abandon.set()
                raise
        for done in running:
            done.result()

    @contextmanager
    def _alone(self, report: Report) -> Iterator[None]:
        self.home.mkdir(parents=True, exist_ok=True)
        with locked(self.home / "lock", lambda: report("another process is working on the platform, waiting for it")):
            try:
                yield
            finally:
                self._publish()

    def _publish(self) -> None:
        """Write ``platform.json`` for programs that look for the platform, remove it when nothing runs."""
        status, file = self.status(), self.home / "platform.json"
        if status.kafka or status.database or status.mailbox:
            write_private(file, status.model_dump_json(indent=2) + "\n")
        else:
            file.unlink(missing_ok=True)

    def _mark(self) -> None:
        """Note that everything in this folder is ours, if nothing else was in it when we came."""
        if {entry.name for entry in self.home.iterdir()} <= _OURS | {"lock"}:
            (self.home / _MARK).touch()


def _fetch(jar: Jar, folder: Path, advance: Advance) -> Path:
    from deploy.local.maven import fetch  # a slow import that only the first start needs

    return fetch(jar, folder, advance)
