"""A channel that hands files over later, a log and a clock that tests steer, and the fetcher between them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.contract import FetchedFile
from connectors.transcription import Transcriber
from schemas.additions import Addition
from schemas.complaint import Complaint
from schemas.settings import AdditionsSettings, KafkaSettings
from tests.workers.acknowledge.pieces import Objects
from tests.workers.additions.pieces import through
from tests.workers.sender.pieces import Clock
from workers.additions import Fetcher, FetcherParts
from workers.additions.fetching import Files

SOUND = FetchedFile(b"#!AMR\nnoise", "audio/amr", "voice.amr")


async def hand_over(account: str, reference: str, max_bytes: int) -> FetchedFile:
    """Give the file."""
    return SOUND


def fail(error: Exception) -> Callable[[str, str, int], Awaitable[FetchedFile]]:
    """Give this error instead of the file."""

    async def script(account: str, reference: str, max_bytes: int) -> FetchedFile:
        raise error

    return script


def give(file: FetchedFile) -> Callable[[str, str, int], Awaitable[FetchedFile]]:
    """Give this file."""

    async def script(account: str, reference: str, max_bytes: int) -> FetchedFile:
        return file

    return script


@dataclass
class Source:
    """A channel that follows its script and counts what it was asked."""

    script: Callable[[str, str, int], Awaitable[FetchedFile]] = hand_over
    channel: str = "wechat"
    fetched: Counter[str] = field(default_factory=Counter)
    deleted: Counter[str] = field(default_factory=Counter)
    keeps: Exception | None = None

    async def fetch(self, account: str, reference: str, max_bytes: int) -> FetchedFile:
        """See `connectors.contract.MediaSource`."""
        self.fetched[reference] += 1
        return await self.script(account, reference, max_bytes)

    async def delete(self, account: str, reference: str) -> None:
        """See `connectors.contract.MediaSource`."""
        self.deleted[reference] += 1
        if self.keeps is not None:
            raise self.keeps


@dataclass
class Hears:
    """A transcriber that always hears the same, or fails."""

    says: str | Exception | None = "牛奶过期了"
    heard: list[tuple[bytes, str]] = field(default_factory=list)

    async def transcribe(self, content: bytes, media_type: str) -> str | None:
        """See `connectors.transcription.Transcriber`."""
        self.heard.append((content, media_type))
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@dataclass
class Log:
    """A producer in memory; `away` makes every send fail."""

    away: Exception | None = None
    published: list[Addition] = field(default_factory=list)

    async def send_and_wait(self, topic: str, value: bytes, **_: Any) -> None:
        """Keep the record, or fail as the broker would."""
        await asyncio.sleep(0)
        if self.away is not None:
            raise self.away
        self.published.append(Addition.model_validate_json(value))


@dataclass
class World:
    """One installation: what is stored, published and asked of the vendor; fetchers come and go."""

    engine: AsyncEngine
    source: Source = field(default_factory=Source)
    objects: Objects = field(default_factory=Objects)
    log: Log = field(default_factory=Log)
    clock: Clock = field(default_factory=Clock)
    transcriber: Transcriber | None = None
    settings: AdditionsSettings = field(default_factory=AdditionsSettings)
    media: bool = True

    def fetcher(self) -> Fetcher:
        """A fetcher that was just started."""
        media = {self.source.channel: self.source} if self.media else {}
        files = Files(media, self.objects, self.settings, self.transcriber)
        return Fetcher(
            FetcherParts(self.engine, files, KafkaSettings(), self.clock, timedelta(seconds=5), transcription_tries=2)
        )

    async def fetch(self) -> None:
        """One fetcher does all that is due."""
        one = self.fetcher()
        await one.look()
        while await one.work(self.log):
            pass

    async def fetch_later(self, **passed: float) -> None:
        """The same, when so much time has passed."""
        self.clock.at += timedelta(**passed)
        await self.fetch()

    async def merged(self) -> list[Complaint]:
        """The revisions that what was published leads to."""
        return await through(self.engine, *self.log.published)
