"""A log in memory that passes the same contract as Kafka and can be told to fail."""

from collections.abc import Sequence

from gateway.log import LogUnavailable, MessageTooLarge
from schemas.wire import Message


class MemoryLog:
    """Keeps what it acknowledged, in order. `away` makes it unreachable; `limit_bytes` is its largest value."""

    def __init__(self, limit_bytes: int = 1024 * 1024) -> None:
        self.messages: list[Message] = []
        self.away = False
        self.limit_bytes = limit_bytes
        self.tries = 0

    async def connect(self) -> None:
        """Reach it."""
        self._refuse_if_away()

    async def append(self, messages: Sequence[Message]) -> None:
        """Keep them all."""
        self.tries += 1
        self._refuse_if_away()
        if any(len(message.value) > self.limit_bytes for message in messages):
            raise MessageTooLarge("a record is over the limit")
        self.messages += messages

    async def close(self) -> None:
        """Let go."""

    def on(self, topic: str) -> list[Message]:
        """What was acknowledged on one topic."""
        return [message for message in self.messages if message.topic == topic]

    def _refuse_if_away(self) -> None:
        if self.away:
            raise LogUnavailable("away")
