"""Parts of a gateway for tests: deliveries, a small connector, an intake path on a log in memory."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from connectors.contract import Numbering
from connectors.rounds import Rounds
from connectors.web import Web
from gateway.durable_log import DurableLog
from gateway.intake import IntakePath
from gateway.log import Log
from gateway.oversize import Shrinker
from gateway.spool import Spool
from gateway.spool_folder import SpoolFolder, Write
from infra.durable import write_durably
from infra.objects import LocalFolder
from schemas.inbound import Inbound, UploadedFile
from schemas.wire import Message, Naming

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
NUMBERING = Numbering(b"number key of the tests, 32 bytes")
PSEUDONYM_KEY = b"pseudonym key of the tests, 32 b."
WEB = Web(NUMBERING, PSEUDONYM_KEY)


def message(text: str, key: str = "k") -> Message:
    """One record."""
    return Message("topic", key.encode(), text.encode(), (("ce_id", text.encode()),))


def post(body: bytes, key: str = "1", files: tuple[UploadedFile, ...] = (), **source: str) -> Inbound:
    """An API post as the endpoint hands it over."""
    return Inbound(
        channel="web",
        account="web",
        body=body,
        received_at=NOW,
        received_at_source="gateway",
        ingested_at=NOW,
        content_type="application/json",
        source={"kind": "api", "client": "test", "idempotency_key": key} | source,
        parts=files,
    )


class SmallDisk:
    """Writes durably while what is written fits into `room` bytes; a larger file finds the disk full."""

    def __init__(self, room: int = 0) -> None:
        self.room = room

    def __call__(self, path: Path, pieces: Iterable[bytes]) -> None:
        """As `write_durably`."""
        data = b"".join(pieces)
        if len(data) > self.room:
            raise OSError(28, "No space left on device")
        write_durably(path, (data,))


def spool(folder: Path, max_bytes: int = 10_000_000, write: Write = write_durably) -> Spool:
    """A spool in a folder."""
    return Spool(SpoolFolder(folder, write), max_bytes)


def durable_log(log: Log, tmp_path: Path, max_bytes: int = 10_000_000, write: Write = write_durably) -> DurableLog:
    """The durable log on a spool in `tmp_path`."""
    shrinker = Shrinker(Naming(), LocalFolder(tmp_path / "objects"))
    return DurableLog(log, spool(tmp_path / "spool", max_bytes, write), shrinker)


def intake_path(log: Log, tmp_path: Path, max_bytes: int = 10_000_000, write: Write = write_durably) -> IntakePath:
    """The whole intake path, objects and spool in `tmp_path`."""
    rounds = Rounds(Naming(), NUMBERING, PSEUDONYM_KEY, inline_bytes=256 * 1024)
    return IntakePath(rounds, durable_log(log, tmp_path, max_bytes, write), LocalFolder(tmp_path / "objects"))
