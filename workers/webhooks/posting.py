"""One record to one receiver: tried until it is taken, until it is gone for good, or until a person must look.

Source: CloudEvents HTTP protocol binding 1.0.2 (binary content mode); Standard Webhooks 1.0.0 (410: stop posting).
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote

import httpx
from aiokafka import ConsumerRecord, TopicPartition

from infra import metrics
from infra.logs import log
from schemas.base import rfc3339
from schemas.settings import PostingSettings
from schemas.wire import CONTENT_TYPE, read_headers
from workers.runtime.backoff import delays
from workers.runtime.stops import Stop
from workers.webhooks.signing import signature
from workers.webhooks.target import Target

_log = log(__name__)
_SAFE = "".join(map(chr, range(0x21, 0x7F))).replace('"', "").replace("%", "")
_PASSED_ON = ("traceparent", "x-department", "x-store-code", "x-counter-code", "x-region")
_TEMPORARY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_PAUSES = 2
"""Longest pauses for which a record is tried at least, however old it is."""
_UNREACHABLE = 0
"""In place of a status: no answer came."""


class Poster:
    """Posts to one receiver. `stop` is set when a person has to act; until then nothing more is posted.

    `judged`: partition → last offset that a person let pass: what is refused there again is passed over.
    """

    def __init__(
        self,
        target: Target,
        client: httpx.AsyncClient,
        settings: PostingSettings,
        now: Callable[[], datetime],
        judged: Mapping[TopicPartition, int],
    ) -> None:
        self.stop: Stop | None = None
        self.troubled: str | None = None
        self._target = target
        self._client = client
        self._settings = settings
        self._now = now
        self._judged = judged
        self._free = asyncio.Semaphore(settings.concurrency)
        self._closed_until = 0.0

    async def post(self, record: "ConsumerRecord[bytes, bytes]") -> bool:
        """Return True when the record is done with, False when a person must act first."""
        patience = _Patience(record, self._settings, self._now)
        pauses = delays(self._settings.first_pause.total_seconds(), self._settings.longest_pause.total_seconds())
        while self.stop is None:
            async with self._free:
                await self._until_open()
                status, after_s = await self._try(record)
            metrics.WEBHOOK_POSTS.labels(self._target.department, _outcome(status)).inc()
            if 200 <= status < 300:
                self.troubled = None
                return True
            if self._passes_over(record, status):
                return True
            self._judge(record, status, expired=patience.is_over(status))
            pause = max(next(pauses), min(after_s, self._settings.longest_pause.total_seconds()))
            self.troubled = _said(status)
            if _is_temporary(status):
                self._closed_until = asyncio.get_running_loop().time() + pause
            if self.stop is None:
                await asyncio.sleep(pause)
        return False

    async def _until_open(self) -> None:
        """Wait while the receiver as a whole seems to be away: one case's try speaks for all."""
        wait_s = self._closed_until - asyncio.get_running_loop().time()
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    async def _try(self, record: "ConsumerRecord[bytes, bytes]") -> tuple[int, float]:
        """Post once; the status and the seconds the receiver asks to wait. Its answer is not read."""
        body = record.value or b""
        try:
            async with self._client.stream(
                "POST", self._target.url, content=body, headers=self._headers(record, body)
            ) as answer:
                return answer.status_code, _seconds(answer.headers.get("retry-after"))
        except httpx.HTTPError as error:
            _log.info("a receiver did not answer", department=self._target.department, error_class=type(error).__name__)
            return _UNREACHABLE, 0.0

    def _headers(self, record: "ConsumerRecord[bytes, bytes]", body: bytes) -> dict[str, str]:
        found = read_headers(record.headers)
        webhook_id = _ascii(found.get("ce_id") or f"{record.topic}/{record.partition}/{record.offset}")
        timestamp_s = int(self._now().timestamp())
        event = {f"ce-{name.removeprefix('ce_')}": _ascii(said) for name, said in found.items() if name[:3] == "ce_"}
        passed_on = {name: _ascii(found[name]) for name in _PASSED_ON if name in found}
        return {
            "content-type": _ascii(found.get("content-type", CONTENT_TYPE), " "),
            "webhook-id": webhook_id,
            "webhook-timestamp": str(timestamp_s),
            "webhook-signature": signature(self._target.keys, webhook_id, timestamp_s, body),
            **event,
            **passed_on,
        }

    def _passes_over(self, record: "ConsumerRecord[bytes, bytes]", status: int) -> bool:
        place = TopicPartition(record.topic, record.partition)
        if record.offset > self._judged.get(place, -1) or _is_temporary(status) or status == HTTPStatus.GONE:
            return False
        _log.error(
            "a record was passed over as a person decided",
            department=self._target.department,
            partition=record.partition,
            offset=record.offset,
            status=status,
        )
        return True

    def _judge(self, record: "ConsumerRecord[bytes, bytes]", status: int, *, expired: bool) -> None:
        if status == HTTPStatus.GONE:
            self._stop_at(record, "gone", "the receiver answered 410: it wants no more posts")
        elif expired:
            written_at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
            self._stop_at(record, "refused", f"a record of {rfc3339(written_at)} is still refused: {_said(status)}")

    def _stop_at(self, record: "ConsumerRecord[bytes, bytes]", reason: str, detail: str) -> None:
        place = TopicPartition(record.topic, record.partition)
        self.stop = Stop(self._target.group, reason, detail, 1, 1, place, record.offset)


class _Patience:
    """How long one record is tried. What the receiver refuses counts from when the record was written, so that a
    restart does not begin it anew, but is tried for some pauses first; a receiver that is away counts from now on."""

    def __init__(
        self, record: "ConsumerRecord[bytes, bytes]", settings: PostingSettings, now: Callable[[], datetime]
    ) -> None:
        clock = asyncio.get_running_loop().time
        whole_s, tried_s = settings.give_up_after.total_seconds(), _PAUSES * settings.longest_pause.total_seconds()
        age_s = now().timestamp() - record.timestamp / 1000
        self._clock = clock
        self._away_until = clock() + whole_s
        self._refused_until = clock() + min(whole_s, max(whole_s - age_s, tried_s))

    def is_over(self, status: int) -> bool:
        """Whether a person has to look, now that the last try ended with this status."""
        return self._clock() > (self._away_until if _is_temporary(status) else self._refused_until)


def _is_temporary(status: int) -> bool:
    """Whether the trouble is the receiver's as a whole, not this record's."""
    return status == _UNREACHABLE or status >= 500 or status in _TEMPORARY


def _outcome(status: int) -> str:
    return "unreachable" if status == _UNREACHABLE else f"{status // 100}xx"


def _said(status: int) -> str:
    return "no answer" if status == _UNREACHABLE else f"HTTP {status}"


def _seconds(asked: str | None) -> float:
    """`Retry-After` in seconds; a date or nonsense asks for nothing."""
    return float(asked) if asked is not None and asked.isascii() and asked.isdigit() and len(asked) < 9 else 0.0


def _ascii(value: str, also: str = "") -> str:
    """A header value as CloudEvents over HTTP has it: what is not printable ASCII is percent-encoded UTF-8."""
    return quote(value, safe=_SAFE + also)
