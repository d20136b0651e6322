"""What must be there before stages work: topics and tables. Waits for Kafka and PostgreSQL as long as it takes."""

import asyncio

from aiokafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError

from infra.database import migrate
from infra.kafka import create_topics
from infra.logs import log
from infra.service import Health
from operations.assembly import topics_of
from schemas.errors import Unreachable
from schemas.settings import Settings

_log = log(__name__)

_AGAIN_AFTER_S = 2.0


class Preparation:
    """Creates missing topics and brings the tables to the newest schema, once; then it idles. `done` tells when.

    Safe in several processes at once. The gateway needs no tables: it receives without a database.
    """

    name = "topics and tables"

    def __init__(self, settings: Settings, *, tables: bool) -> None:
        self.done = asyncio.Event()
        self._settings = settings
        self._tables = tables
        self._why = "not begun"

    async def run(self, stop: asyncio.Event) -> None:
        """Try until it is done, then wait for `stop`."""
        while not stop.is_set() and not self.done.is_set():
            self._why = await self._attempt()
            if self._why:
                _log.warning("waiting for the platform", detail=self._why, retry_in_s=_AGAIN_AFTER_S)
                await _pause(stop)
            else:
                self.done.set()
        await stop.wait()

    def health(self) -> Health:
        """Ready once all is there."""
        return Health(self.name, self.done.is_set(), "done" if self.done.is_set() else self._why)

    async def _attempt(self) -> str:
        try:
            await prepare(self._settings, tables=self._tables)
        except Unreachable as error:
            return str(error)
        return ""


async def prepare(settings: Settings, *, tables: bool = True) -> None:
    """Create missing topics and, with `tables`, migrate the database. Unreachable when one does not answer."""
    try:
        await create_topics(settings.kafka, topics_of(settings))
    except (KafkaError, TimeoutError, OSError) as error:
        raise Unreachable(f"Kafka does not answer at {settings.kafka.bootstrap_servers}") from error
    if not tables or settings.database.url is None:
        return
    try:
        await migrate(settings.database.url.get_secret_value())
    except (SQLAlchemyError, OSError) as error:
        raise Unreachable("PostgreSQL does not answer at INTAKE_DATABASE__URL") from error


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_AGAIN_AFTER_S):
            await stop.wait()
    except TimeoutError:
        return
