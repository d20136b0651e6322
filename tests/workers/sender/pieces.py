"""A channel, a log and a clock that tests steer, and the sender between them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.contract import Outgoing, Sent
from schemas.outcomes import OutboxResult
from schemas.settings import KafkaSettings, SenderSettings
from tests.workers.pieces import NOON
from workers.sender import Sender, SenderParts

Begin = Callable[[], Awaitable[None]]
Script = Callable[[Outgoing, Begin], Awaitable[Sent]]


async def accept(message: Outgoing, before_irrevocable: Begin) -> Sent:
    """Take the message."""
    await before_irrevocable()
    return Sent(f"<{message.outbox_id.hex}@us.example>")


def fail(error: Exception, *, after: bool = False) -> Script:
    """Fail with this error, before or after the irrevocable byte."""

    async def script(message: Outgoing, before_irrevocable: Begin) -> Sent:
        if after:
            await before_irrevocable()
        raise error

    return script


@dataclass
class Channel:
    """A channel that follows its script and counts what it was asked to send, by address."""

    script: Script = accept
    channel: str = "email"
    asked: Counter[str] = field(default_factory=Counter)

    async def send(self, message: Outgoing, before_irrevocable: Begin) -> Sent:
        """See `connectors.contract.Reply`."""
        self.asked[message.address] += 1
        return await self.script(message, before_irrevocable)


@dataclass
class Clock:
    """The time, moved by the test."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        """The present time."""
        return self.at


@dataclass
class Log:
    """A producer in memory; `away` makes every send fail."""

    away: Exception | None = None
    results: list[OutboxResult] = field(default_factory=list)

    async def send(self, topic: str, value: bytes, **_: Any) -> "asyncio.Future[None]":
        """Keep the record, or fail as the broker would."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.away is not None:
            raise self.away
        self.results.append(OutboxResult.model_validate_json(value))
        future.set_result(None)
        return future


def sender(engine: AsyncEngine, channel: Channel | Sequence[Channel], clock: Clock, **settings: Any) -> Sender:
    """A sender with these channels and clock."""
    replies = {one.channel: one for one in ([channel] if isinstance(channel, Channel) else channel)}
    parts = SenderParts(engine, replies, SenderSettings(**settings), KafkaSettings(), clock, timedelta(seconds=5))
    return Sender(parts)


async def send_all(sender: Sender, log: Log) -> list[tuple[str, str]]:
    """Send until nothing is due; return outcome and reason of every result."""
    while await sender.send_due():
        pass
    await sender.publish_results(log)
    return [(result.outcome, result.reason) for result in log.results]
