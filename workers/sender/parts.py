"""What the sender is made from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.contract import Reply
from schemas.settings import AnsweringSettings, KafkaSettings, SenderSettings


@dataclass(frozen=True, slots=True)
class SenderParts:
    """What the sender needs; `replies` has one entry a channel, `now` is the clock of leases and promises.

    `window` is that of one acknowledgement per case and channel.
    """

    engine: AsyncEngine
    replies: Mapping[str, Reply]
    settings: SenderSettings
    kafka: KafkaSettings
    now: Callable[[], datetime]
    drain: timedelta
    answering: AnsweringSettings = field(default_factory=AnsweringSettings)
    window: timedelta = timedelta(hours=24)
