"""What the owner of a partition before us left open: ended as its coordinator decided before we fence it.

Source: Kafka 4.3.1. A broker takes a partition that has no leader at the moment for a deleted one and notes the
transaction as complete without that partition's marker. A broker alone has no leader for a second after each crash.
So a committed transaction can end in some of its partitions only: its records here, its offset nowhere.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from aiokafka.errors import KafkaError

from infra.kafka_transactions import OpenEnd, State, Transaction, describe_transaction, open_ends, write_commit_markers
from infra.logs import log

T = TypeVar("T")

OFFSETS = "__consumer_offsets"

_log = log(__name__)

_ASK_EVERY_S = 0.1
_ENDING = frozenset({State.PREPARE_COMMIT, State.PREPARE_ABORT, State.PREPARE_FENCE})
_DECIDED = frozenset({State.COMPLETE_COMMIT, State.ONGOING})


class Leftovers:
    """The open ends of one transactional id in the topics its stage writes and in the offsets of groups.

    All methods repeat what fails for reasons that pass, for ever: the caller sets the time limit. They raise
    `KafkaError` for what does not pass, such as a missing right.
    """

    def __init__(self, client: Any, transactional_id: str, outputs: Sequence[str]) -> None:
        """Ask over the connections of `client`, an `AIOKafkaClient` that has found its brokers."""
        self._client = client
        self._transactional_id = transactional_id
        self._topics = (*outputs, OFFSETS)

    async def finish_commits(self) -> bool:
        """Write the COMMIT markers that are missing. Return whether anything may be open still, to be aborted.

        Before the fence, which makes the coordinator forget how the last transaction ended. A transaction that goes
        on now is left to the fence; what is open outside of it was committed: a producer that aborts is given up.
        """
        last = await self._repeat(self._once_decided)
        if last is None:
            return False
        left = await self._repeat(lambda: open_ends(self._client, self._topics, last.producer_id))
        if last.state in _DECIDED:
            missing = [end for end in left if end.partition not in last.partitions]
            await self._repeat(lambda: self._commit(missing))
            return last.state == State.ONGOING
        return bool(left)

    async def open(self) -> list[OpenEnd]:
        """Return what is open once the last transaction has ended."""
        last = await self._repeat(self._once_decided)
        if last is None:
            return []
        return await self._repeat(lambda: open_ends(self._client, self._topics, last.producer_id))

    async def _once_decided(self) -> Transaction | None:
        while True:
            last = await describe_transaction(self._client, self._transactional_id)
            if last is None or last.state not in _ENDING:
                return last
            await asyncio.sleep(_ASK_EVERY_S)

    async def _commit(self, missing: Sequence[OpenEnd]) -> None:
        if not missing:
            return
        for end in missing:
            _log.warning(
                "a broker forgot to commit, committing what it left open",
                topic=end.partition.topic,
                partition=end.partition.partition,
            )
        await write_commit_markers(self._client, missing)

    async def _repeat(self, act: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await act()
            except KafkaError as error:
                if not error.retriable:
                    raise
                await self._client.force_metadata_update()
                await asyncio.sleep(_ASK_EVERY_S)
