"""What stages and services are made from: settings and opened parts, handed down as arguments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.contract import Connector, MediaSource, Reply
from connectors.opinion import Adviser
from connectors.rounds import Rounds
from connectors.transcription import Transcriber
from infra.clock import present
from infra.objects import ObjectStore
from infra.service import Health
from schemas.errors import SettingsInvalid
from schemas.policy import PolicyPack
from schemas.policy.organisation import Resolver
from schemas.settings import Settings
from schemas.tokens import TokenKeys


def _no_connectors(channel: str) -> Connector:
    raise SettingsInvalid(f"this process reads no deliveries of {channel}")


def _no_rounds() -> Rounds:
    raise SettingsInvalid("this process reads no deliveries")


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """The parts of one process. `own_addresses` are never answered; `public_url` is the gateway as customers see it.

    `replies` has one entry for each channel we can send on. `connector_of` and `rounds` read deliveries again: the
    first raises `InvalidRequest` for a channel that is not installed, the second `SettingsInvalid` without keys.
    `now` is the clock of promises and leases. `media` has one entry for each channel whose files are fetched later;
    without `transcriber` people listen to recordings, without `adviser` nobody else is asked what a message is about.
    `places` knows the units of an organisation file. `accounts` tells whether vendors let our accounts in.
    """

    settings: Settings
    pack: PolicyPack
    engine: AsyncEngine
    objects: ObjectStore
    pseudonym_key: bytes
    token_keys: TokenKeys
    public_url: str
    own_addresses: frozenset[str] = frozenset()
    replies: Mapping[str, Reply] | None = None
    connector_of: Callable[[str], Connector] = _no_connectors
    rounds: Callable[[], Rounds] = _no_rounds
    now: Callable[[], datetime] = present
    media: Mapping[str, MediaSource] = field(default_factory=dict)
    transcriber: Transcriber | None = None
    places: Resolver | None = None
    adviser: Adviser | None = None
    accounts: Callable[[], Sequence[Health]] = tuple
