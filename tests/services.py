"""The real Kafka, PostgreSQL and mailbox of the tests, as pytest fixtures.

Each part is an outside service if its setting names one (`INTAKE_KAFKA__BOOTSTRAP_SERVERS`, `INTAKE_DATABASE__URL`,
`INTAKE_TEST_IMAP` with `INTAKE_TEST_SMTP`), else a container if a Docker engine answers, else embedded.
Tests that use them say ``pytestmark = pytest.mark.services``; that also lets them open sockets.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
from psycopg import sql

from deploy.local import EmbeddedPlatform, Part
from deploy.local.status import DatabaseAddress, KafkaAddress, MailboxAddress, PlatformStatus
from tests import containers

_HOME = "INTAKE_TEST_HOME"
_PREFIX = "intake-test-"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox nobody else uses; the server takes any password."""

    user: str
    password: str
    imap_host: str
    imap_port: int
    smtp_host: str
    smtp_port: int


@dataclass(frozen=True, slots=True)
class Services:
    """Where the shared services are. `database_url` may create databases; `platform` is None unless embedded."""

    bootstrap_servers: str
    database_url: str
    mailbox: MailboxAddress
    platform: EmbeddedPlatform | None

    def mailbox_of(self, user: str) -> Mailbox:
        """Return the mailbox of `user`, which the server creates at first use."""
        (imap_host, imap_port), (smtp_host, smtp_port) = (
            where.rsplit(":", 1) for where in (self.mailbox.imap, self.mailbox.smtp)
        )
        return Mailbox(user, self.mailbox.password, imap_host, int(imap_port), smtp_host, int(smtp_port))


def pytest_configure() -> None:
    """Choose one folder for the embedded platform of this run, shared by all xdist workers."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ[_HOME] = str(Path(tempfile.gettempdir()) / f"{_PREFIX}{os.getpid()}-{secrets.token_hex(3)}")


def pytest_unconfigure() -> None:
    """Stop and remove the embedded platform after the last worker."""
    if "PYTEST_XDIST_WORKER" not in os.environ and _HOME in os.environ:
        _remove(Path(os.environ.pop(_HOME)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests marked `services` open sockets although the others may not (pytest-socket)."""
    for item in items:
        if item.get_closest_marker("services") is not None:
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """Give Kafka, PostgreSQL and a mailbox, shared by all tests of the run. Never stop a part of it."""
    with ExitStack() as stack:
        found = _outside()
        if containers.engine_answers():
            found = _in_containers(found, stack)
        wanted = frozenset(part for part in Part if getattr(found, part.value) is None)
        platform = _embedded(wanted) if wanted else None
        if platform is not None:
            started = platform.up(owner_pid=os.getpid())
            found = found.model_copy(update={part.value: getattr(started, part.value) for part in wanted})
        assert found.kafka
        assert found.database
        assert found.mailbox
        yield Services(found.kafka.bootstrap_servers, found.database.url, found.mailbox, platform)


@pytest.fixture
def database_url(services: Services) -> Iterator[str]:
    """Give an empty database, dropped afterwards."""
    with own_database(services) as url:
        yield url


@contextmanager
def own_database(services: Services) -> Iterator[str]:
    """Give an empty database for as long as it is needed, for fixtures that many tests share."""
    name = f"t_{secrets.token_hex(6)}"
    with psycopg.connect(services.database_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield urlsplit(services.database_url)._replace(path=f"/{name}").geturl()
    with psycopg.connect(services.database_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def topic_prefix() -> str:
    """Give a prefix no other test uses, for topics, groups and transactional ids."""
    return f"t{secrets.token_hex(3)}"


@pytest.fixture
def mailbox(services: Services) -> Mailbox:
    """Give a mailbox of its own."""
    return services.mailbox_of(f"t{secrets.token_hex(4)}@test.local")


@pytest.fixture(scope="module")
def own_platform() -> Iterator[EmbeddedPlatform]:
    """Give a running embedded platform that this module may stop, kill and reset. Leave all parts running."""
    with own_embedded_platform() as platform:
        yield platform


@contextmanager
def own_embedded_platform() -> Iterator[EmbeddedPlatform]:
    """Run an embedded platform that nobody else uses, in a folder that goes away with it."""
    home = _new_home()
    platform = EmbeddedPlatform(home)
    try:
        platform.up(owner_pid=os.getpid())
        yield platform
    finally:
        _remove(home)


def _outside() -> PlatformStatus:
    kafka, database = os.environ.get("INTAKE_KAFKA__BOOTSTRAP_SERVERS"), os.environ.get("INTAKE_DATABASE__URL")
    imap, smtp = os.environ.get("INTAKE_TEST_IMAP"), os.environ.get("INTAKE_TEST_SMTP")
    return PlatformStatus(
        kafka=KafkaAddress(bootstrap_servers=kafka) if kafka else None,
        database=DatabaseAddress(url=database.replace("+psycopg", "", 1)) if database else None,
        mailbox=MailboxAddress(imap=imap, smtp=smtp, user="any", password="any") if imap and smtp else None,
    )


def _in_containers(found: PlatformStatus, stack: ExitStack) -> PlatformStatus:
    return PlatformStatus(
        kafka=found.kafka or stack.enter_context(containers.kafka()),
        database=found.database or stack.enter_context(containers.postgres()),
        mailbox=found.mailbox or stack.enter_context(containers.mailbox()),
    )


def _embedded(parts: frozenset[Part]) -> EmbeddedPlatform:
    _sweep()
    return EmbeddedPlatform(Path(os.environ[_HOME]), parts=parts)


def _new_home() -> Path:
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))


def _sweep() -> None:
    """Remove what test runs left behind that were killed: their folder carries the pid of the run."""
    for home in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = home.name.removeprefix(_PREFIX).split("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            with suppress(OSError):
                _remove(home)


def _remove(home: Path) -> None:
    if home.exists():
        EmbeddedPlatform(home).reset()
        shutil.rmtree(home, ignore_errors=True)
