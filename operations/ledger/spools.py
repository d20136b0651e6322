"""What lies in the spools of this machine: durable and not yet in Kafka. Only looked at; their owners go on writing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gateway.spool_entry import TornEntry, decode
from schemas.inbound import place_at_source
from schemas.records import RawDelivery
from schemas.settings import Settings
from schemas.topics import DELIVERIES_RAW
from schemas.wire import Message

_ENTRY = "*.entry"
_ASIDE = re.compile(r"torn|refused")


@dataclass(frozen=True, slots=True)
class Spooled:
    """One delivery in a spool. `place` is where its source lists it."""

    account: str
    place: str | None


@dataclass(slots=True)
class SpoolOf:
    """The spool of one part. `lost` names entries that cannot be sent: torn, or refused by the broker."""

    part: str
    deliveries: list[Spooled] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def spool_folder(settings: Settings) -> Path:
    """The folder whose sub-folders are the spools of the parts."""
    return settings.spool.folder or settings.home / "spool"


def list_spools(settings: Settings) -> list[SpoolOf]:
    """Read every spool under the folder of the settings; none when the folder is not on this machine."""
    folder = spool_folder(settings)
    if not folder.is_dir():
        return []
    return [_spool(part) for part in sorted(folder.iterdir()) if part.is_dir()]


def _spool(folder: Path) -> SpoolOf:
    found = SpoolOf(folder.name)
    for path in sorted(folder.rglob(_ENTRY)):
        if _ASIDE.fullmatch(path.parent.name):
            found.lost.append(f"{path.parent.name}/{path.name}")
            continue
        try:
            found.deliveries += _deliveries(decode(path.read_bytes()))
        except FileNotFoundError:
            continue  # drained while we looked: it is in Kafka
        except TornEntry:
            found.lost.append(path.name)
    return found


def _deliveries(messages: list[Message]) -> Iterator[Spooled]:
    for message in messages:
        if message.topic.endswith(DELIVERIES_RAW.name):
            raw = RawDelivery.model_validate_json(message.value)
            yield Spooled(raw.account, place_at_source(raw.source))
