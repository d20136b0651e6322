"""The second durable place: entries that wait for Kafka, oldest first."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from gateway.spool_entry import encode
from gateway.spool_folder import Entry, SpoolFolder
from infra.logs import log
from infra.metrics import SPOOL_BYTES, SPOOL_ENTRIES
from schemas.errors import NotDurable
from schemas.wire import Message

_LOG = log(__name__)
ENTRY_BYTES = 1024 * 1024
"""Deliveries that arrive while an entry is being written share the next one, up to about this size."""
_OVER_LIMIT = "the spool is full; raise INTAKE_SPOOL__MAX_BYTES or bring Kafka back"
_NOT_WRITABLE = "the spool cannot be written"


class Spool:
    """Entries in the order their deliveries came. Called from one event loop; files are touched in threads."""

    def __init__(self, folder: SpoolFolder, max_bytes: int, part: str = "gateway") -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._part = part
        self._entries: deque[Entry] = deque()
        self._waiting: deque[tuple[Sequence[Message], asyncio.Future[None]]] = deque()
        self._writer: asyncio.Task[None] | None = None
        self.size_bytes = 0
        self.torn = 0
        self.failure: str | None = None
        """Why an entry could not be written; None once there is room for one of its size again."""
        self._refused_bytes = 0

    @property
    def empty(self) -> bool:
        """Nothing waits, nothing is just being written."""
        return not self._entries and not self._waiting and self._writer is None

    @property
    def entries(self) -> int:
        """Files waiting."""
        return len(self._entries)

    @property
    def max_bytes(self) -> int:
        """How large it may become."""
        return self._max_bytes

    @property
    def over_limit(self) -> bool:
        """Whether it failed for its own limit, not for the disk."""
        return self.failure == _OVER_LIMIT

    async def open(self) -> None:
        """Become the folder's owner and adopt what an earlier process left.

        Raises `SettingsInvalid` when another process owns the folder or it cannot be used.
        """
        adopted, self.torn = await asyncio.to_thread(self._folder.adopt)
        self._entries.extend(adopted)
        self.size_bytes = sum(entry.size_bytes for entry in adopted)
        self._measure()
        if adopted:
            _LOG.info("spool adopted", part=self._part, entries=len(adopted), size_bytes=self.size_bytes)

    async def append(self, messages: Sequence[Message]) -> None:
        """Join the tail; returns when durable. Raises `NotDurable` (full, disk error) with nothing kept.

        The place in the order is taken before the first wait. Cancelling the caller does not withdraw it.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((messages, done))
        self._start_writing()
        await done

    async def oldest(self, max_entries: int, max_bytes: int) -> list[tuple[Entry, list[Message]]]:
        """The oldest entries with their records, at least one if any is whole; torn ones are set aside."""
        chosen: list[tuple[Entry, list[Message]]] = []
        size = 0
        for entry in list(self._entries):
            size += entry.size_bytes
            if chosen and (len(chosen) == max_entries or size > max_bytes):
                break
            messages = await asyncio.to_thread(self._folder.read, entry)
            if messages is None:
                self.torn += 1
                self._forget([entry])
            else:
                chosen.append((entry, messages))
        return chosen

    async def remove(self, entries: Sequence[Entry]) -> None:
        """Forget entries that the log has acknowledged. What the disk does not let go is sent again after a restart."""
        await self._let_go(entries, lambda: self._folder.remove(entries))

    async def set_aside(self, entry: Entry, where: str) -> None:
        """Move an entry that can never be sent into the folder `where`, for a person to look at."""
        await self._let_go([entry], lambda: self._folder.set_aside(entry, where))

    async def settled(self) -> None:
        """Wait for what is just being written; what comes meanwhile may begin another write."""
        if self._writer is not None:
            await asyncio.wait([self._writer])

    async def probe(self) -> None:
        """After a failure, find out whether an entry of the size that was refused can be written again.

        A smaller one would not do: on a full disk a few bytes often fit where no complaint does. While something is
        being written nothing is to be found out: that tells by itself.
        """
        if self.failure is not None and self._writer is None:
            self._writer = asyncio.create_task(self._rehearse(), name="spool-writer")
            await asyncio.wait([self._writer])

    async def close(self) -> None:
        """Finish what is being written and let the folder go."""
        while self._writer is not None:
            await self.settled()
        self._folder.release()

    async def _let_go(self, entries: Sequence[Entry], on_disk: Callable[[], None]) -> None:
        """Forget entries, also when the disk has become read-only: sending them for ever would fill the log."""
        try:
            await asyncio.to_thread(on_disk)
        except OSError as error:
            _LOG.error("spool entries stay on disk", part=self._part, count=len(entries), detail=error.strerror)
        self._forget(entries)

    async def _write_waiting(self) -> None:
        """Write what waits, together: one flush serves all that came while the last one was under way."""
        try:
            while self._waiting:
                group = self._next_group()
                failure = await self._write_group([message for messages, _ in group for message in messages])
                for _, done in group:
                    if done.cancelled():
                        continue
                    if failure is None:
                        done.set_result(None)
                    else:
                        done.set_exception(failure)
        finally:
            self._writer = None

    async def _rehearse(self) -> None:
        """Write as much as was refused, and only then what came meanwhile: two at once would take each other's room."""
        try:
            if not self._no_room_for(self._refused_bytes):
                await asyncio.to_thread(self._folder.rehearse, self._refused_bytes)
                self._recover()
        except OSError as error:
            self._fail(self._refused_bytes, f"{_NOT_WRITABLE}: {error.strerror}")
        finally:
            self._writer = None
            self._start_writing()

    def _start_writing(self) -> None:
        if self._waiting and self._writer is None:
            self._writer = asyncio.create_task(self._write_waiting(), name="spool-writer")

    def _next_group(self) -> list[tuple[Sequence[Message], asyncio.Future[None]]]:
        group = [self._waiting.popleft()]
        size = _size(group[0][0])
        while self._waiting and size + (more := _size(self._waiting[0][0])) <= ENTRY_BYTES:
            size += more
            group.append(self._waiting.popleft())
        return group

    async def _write_group(self, messages: list[Message]) -> NotDurable | None:
        data = encode(messages)
        failure = await self._try_write(data)
        if failure is None and len(data) >= self._refused_bytes:
            self._recover()
        self._measure()
        return NotDurable(failure) if failure else None

    async def _try_write(self, data: bytes) -> str | None:
        if self._no_room_for(len(data)):
            return self._fail(len(data), _OVER_LIMIT)
        try:
            entry = await asyncio.to_thread(self._folder.write, data)
        except OSError as error:
            _LOG.error("spool not writable", part=self._part, detail=error.strerror)
            return self._fail(len(data), f"{_NOT_WRITABLE}: {error.strerror}")
        self._entries.append(entry)
        self.size_bytes += entry.size_bytes
        return None

    def _no_room_for(self, size_bytes: int) -> bool:
        return self.size_bytes + size_bytes > self._max_bytes

    def _fail(self, size_bytes: int, failure: str) -> str:
        """Keep in mind what did not fit; what is larger than the whole spool may be never fits."""
        self._refused_bytes = min(max(self._refused_bytes, size_bytes), self._max_bytes)
        self.failure = failure
        return failure

    def _recover(self) -> None:
        self.failure, self._refused_bytes = None, 0

    def _forget(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._entries.remove(entry)
            self.size_bytes -= entry.size_bytes
        self._measure()

    def _measure(self) -> None:
        SPOOL_ENTRIES.labels(self._part).set(len(self._entries))
        SPOOL_BYTES.labels(self._part).set(self.size_bytes)


def _size(messages: Sequence[Message]) -> int:
    return sum(len(message.value) for message in messages)
