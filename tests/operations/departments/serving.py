"""An installation that departments call over real HTTP: it serves on loopback, in a thread and a loop of its own."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from pydantic import SecretStr

from deploy.http import address_of, listen
from deploy.receiving import reports_of
from gateway.server import GatewayServer
from gateway.tokens import Scope
from infra.database import create_engine, migrate
from infra.kafka import create_topics
from schemas.complaint import Attachment, Sender
from schemas.envelope import attachment_key
from schemas.settings import AccessSettings, DatabaseSettings, GatewaySettings, KafkaSettings, ObjectSettings, Settings
from schemas.topics import CLASSIFIED, STATUS
from tests.gateway.parts import NOW
from tests.operations.departments import pictures
from tests.operations.departments.conftest import House, house_of
from tests.services import Services, own_database
from tests.workers.route.pieces import classified

LI = Sender(name="李明月", phones=("+8613812340001",), emails=("li@customers.example",), address="人民路1号")
STORED = (pictures.jpeg(), pictures.png(), pictures.heic(), pictures.film(), b"%PDF-1.7 invoice", b"<script>1</script>")
"""What lies in the object store; a file of each, and one in every state that has no bytes."""


@dataclass(frozen=True, slots=True)
class Served:
    """Where it is and what may be asked there."""

    url: str
    case_id: UUID
    files: tuple[UUID, ...]
    tokens: dict[Scope, dict[str, str]]
    """Scope → the header of a token of the responsible department that has this scope alone."""

    def token_without(self, scope: Scope) -> dict[str, str]:
        """The header of a genuine token that has another scope."""
        return next(header for other, header in self.tokens.items() if other is not scope)


@contextmanager
def served(services: Services, prefix: str, folder: Path) -> Iterator[Served]:
    """Serve without limits of requests, until the end of the block."""
    with own_database(services) as database_url, _loop() as loop:
        settings = Settings(
            home=folder,
            database=DatabaseSettings(url=SecretStr(database_url)),
            kafka=KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=prefix, partitions=1),
            objects=ObjectSettings(url=(folder / "objects").as_uri()),
            access=AccessSettings(contacts_per_minute=0, attachments_per_minute=0),
            gateway=GatewaySettings(requests_per_minute=0),
        )
        serving = _serving(settings, folder)
        yield asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result()
        asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result()


@contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@asynccontextmanager
async def _serving(settings: Settings, folder: Path) -> AsyncIterator[Served]:
    assert settings.database.url is not None
    await migrate(settings.database.url.get_secret_value())
    await create_topics(settings.kafka, [CLASSIFIED, STATUS])
    engine, reports = create_engine(settings.database), reports_of(settings)
    async with house_of(settings, engine, folder, reports=reports) as house, _listening(settings, house) as url:
        case_id, files = await _case_of(house)
        tokens = {scope: await house.token("quality", scope) for scope in Scope}
        yield Served(url, case_id, files, tokens)
    await reports.close()
    await engine.dispose()


@asynccontextmanager
async def _listening(settings: Settings, house: House) -> AsyncIterator[str]:
    bound, stop = listen("127.0.0.1", 0), asyncio.Event()
    url = address_of(bound)
    running = asyncio.create_task(GatewayServer(settings.gateway, house.app, bound).run(stop))
    try:
        yield url
    finally:
        stop.set()
        await running


async def _case_of(house: House) -> tuple[UUID, tuple[UUID, ...]]:
    """Route a complaint with files of every state; return its case and the files."""
    base = classified("1", text="牛奶过期了", sender=LI, received_at=NOW)
    files = []
    for content in (*STORED, None):
        number = uuid4()
        key = attachment_key(base.complaint_id, number, withheld=False)
        if content is not None:
            await house.objects.put(key, content)
        files.append(_file(number, "stored").model_copy(update={"object_key": key}))
    files += [_file(uuid4(), state) for state in ("pending", "failed", "refused", "withheld")]
    await house.route(base.model_copy(update={"attachments": tuple(files)}))
    return base.case_id, tuple(one.attachment_id for one in files)


def _file(number: UUID, state: str) -> Attachment:
    return Attachment(attachment_id=number, name="李明月.jpg", size_bytes=9, sha256="0" * 64, state=state)
