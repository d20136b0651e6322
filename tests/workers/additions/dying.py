"""A process that fetches, to be killed: `python -m tests.workers.additions.dying <database> <broker> <prefix> <home>`.

Whatever it publishes or stores outlives it; `INTAKE_FAILPOINTS` says where it dies. It ends when all files are done.
"""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import text

from infra.clock import present
from infra.database import create_engine
from infra.failpoints import switch_on
from infra.objects import LocalFolder
from schemas.settings import AdditionsSettings, DatabaseSettings, KafkaSettings
from tests.waiting import until
from tests.workers.additions.media import Source
from workers.additions import Fetcher, FetcherParts
from workers.additions.fetching import Files

SETTINGS = AdditionsSettings(lease=timedelta(seconds=2), poll_every=timedelta(milliseconds=50))
_OPEN = text(
    "SELECT count(*) FROM media_jobs j WHERE NOT EXISTS (SELECT 1 FROM media_attempts a "
    "WHERE a.complaint_id = j.complaint_id AND a.attachment_id = j.attachment_id AND a.state = 'done')"
)


async def main(database: str, broker: str, prefix: str, home: str) -> None:
    """Fetch until nothing is open."""
    engine = create_engine(DatabaseSettings(url=SecretStr(database)))
    files = Files({"wechat": Source()}, LocalFolder(Path(home)), SETTINGS)
    kafka = KafkaSettings(bootstrap_servers=broker, prefix=prefix)
    service, stop = Fetcher(FetcherParts(engine, files, kafka, present, timedelta(seconds=5))), asyncio.Event()

    async def done() -> bool:
        async with engine.connect() as connection:
            return bool((await connection.execute(_OPEN)).scalar_one() == 0)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(service.run(stop))
        try:
            await until(done, 60)
        finally:
            stop.set()
    await engine.dispose()


if __name__ == "__main__":
    switch_on(os.environ, ())
    asyncio.run(main(*sys.argv[1:]))
