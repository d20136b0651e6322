"""What each step of a file does, and what its failures mean. The results are additions to the complaint."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from connectors.contract import FetchedFile, MediaSource
from connectors.transcription.contract import Transcriber
from infra.failpoints import reached
from infra.logs import log
from infra.objects import ObjectStore
from schemas.additions import Addition
from schemas.complaint import MAX_TEXT_CHARS
from schemas.envelope import attachment_key
from schemas.errors import ChannelUnavailable, MediaGone, TooLarge
from schemas.identity import named_uuid
from schemas.language import detect
from schemas.settings import AdditionsSettings
from workers.additions.jobs import Job

_log = log(__name__)
T = TypeVar("T")

LISTEN = "listen-and-type"
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,100}")
_UNKNOWN_TYPE = "application/octet-stream"
_LEASE_SHARE = 0.8
"""Share of the lease after which a call is given up, so that the next step is written before the lease ends."""


@dataclass(frozen=True, slots=True)
class Files:
    """How files come to us and become words; `media` has one source a channel."""

    media: Mapping[str, MediaSource]
    objects: ObjectStore
    settings: AdditionsSettings
    transcriber: Transcriber | None = None

    async def fetch(self, job: Job, now: datetime) -> Addition:
        """Fetch and store the file; what the addition says of it may also be that it never comes.

        Raises `ChannelUnavailable` when it may come later, and what the object store raises.
        """
        key = attachment_key(job.complaint_id, job.attachment_id)
        try:
            file = await self._handed_over(job)
        except TooLarge:
            return without_file(job, "refused", "attachment-too-large", now)
        except MediaGone:
            kept = await self._kept_before(key, job)
            if kept is None:
                return without_file(job, "failed", "attachment-gone", now)
            file = kept
        await self.objects.put(key, file.content)
        reached("fetcher.stored")
        return _with_file(job, file, key, now)

    async def transcribe(self, job: Job, stored: Addition, now: datetime) -> Addition | None:
        """The words of a stored recording; None where there are none to be had. Raises `ChannelUnavailable`."""
        file = stored.attachments[0]
        if self.transcriber is None or file.object_key is None:
            return None
        try:
            content = await self.objects.get(file.object_key)
        except FileNotFoundError:
            return None
        words = await self._bounded(job, self.transcriber.transcribe(content, file.media_type))
        return _spoken(job, words, now) if words and words.strip() else None

    def is_recording(self, addition: Addition) -> bool:
        """Whether the transcriber is to hear what was fetched: sound whose words nobody has recognised."""
        [file] = addition.attachments
        sound = file.state == "stored" and file.media_type.startswith("audio/")
        return self.transcriber is not None and sound and not addition.text

    async def delete(self, job: Job) -> None:
        """Delete the file at the vendor, where the account asks for that. Raises `ChannelUnavailable`."""
        source = self.media.get(job.channel)
        if source is None or job.attachment.reference is None:
            return
        try:
            await self._bounded(job, source.delete(job.account, job.attachment.reference), MediaGone)
        except MediaGone:
            return

    async def _handed_over(self, job: Job) -> FetchedFile:
        source = self.media.get(job.channel)
        if source is None:
            raise ChannelUnavailable(f"no way to fetch files of {job.channel} is set up")
        fetching = source.fetch(job.account, job.attachment.reference or "", self.settings.max_bytes)
        file = await self._bounded(job, fetching, MediaGone, TooLarge)
        if len(file.content) > self.settings.max_bytes:
            raise TooLarge("over the limit of fetched files")
        return file

    async def _kept_before(self, key: str, job: Job) -> FetchedFile | None:
        """The bytes of an earlier try that ended before it was written down: the vendor may have them no longer."""
        if job.attempts <= 1:
            return None
        try:
            return FetchedFile(await self.objects.get(key), job.attachment.media_type)
        except FileNotFoundError:
            return None

    async def _bounded(self, job: Job, call: Awaitable[T], *definite: type[Exception]) -> T:
        """Wait for a call outside, less long than the lease. Raises what is `definite`, else `ChannelUnavailable`:

        a defect of whoever is called is no reason to stop.
        """
        try:
            async with asyncio.timeout(self.settings.lease.total_seconds() * _LEASE_SHARE):
                return await call
        except ChannelUnavailable:
            raise
        except Exception as error:
            if isinstance(error, definite):
                raise
            _log.warning("a call failed", complaint_id=str(job.complaint_id), state=job.state, exc_info=error)
            raise ChannelUnavailable(type(error).__name__) from error


def without_file(job: Job, state: str, warning: str, now: datetime) -> Addition:
    """The addition that says why a file does not come."""
    file = job.attachment.model_copy(update={"state": state})
    return Addition(
        addition_id=_number("fetched", job),
        complaint_id=job.complaint_id,
        attachments=(file,),
        warnings=(warning,),
        by="fetch",
        at=now,
    )


def pause_before(attempt: int, settings: AdditionsSettings) -> timedelta:
    """How long to wait before the `attempt`-th try: doubled each time, up to the limit."""
    doublings = min(max(attempt - 2, 0), 20)
    pause: timedelta = settings.retry_after * (1 << doublings)
    return min(pause, settings.retry_at_most)


def _with_file(job: Job, file: FetchedFile, key: str, now: datetime) -> Addition:
    given = file.media_type.partition(";")[0].strip().lower()
    stored = job.attachment.model_copy(
        update={
            "name": job.attachment.name or file.name,
            "media_type": given if _MEDIA_TYPE.fullmatch(given) else _UNKNOWN_TYPE,
            "size_bytes": len(file.content),
            "sha256": hashlib.sha256(file.content).hexdigest(),
            "state": "stored",
            "reference": None,
            "object_key": key,
        }
    )
    addition = Addition(
        addition_id=_number("fetched", job),
        complaint_id=job.complaint_id,
        attachments=(stored,),
        by="fetch",
        at=now,
    )
    if not (file.text and file.text.strip()):
        return addition
    return addition.model_copy(update=_words(file.text))


def _spoken(job: Job, words: str, now: datetime) -> Addition:
    addition = Addition(
        addition_id=_number("transcribed", job), complaint_id=job.complaint_id, by="transcription", at=now
    )
    return addition.model_copy(update=_words(words))


def _words(text: str) -> dict[str, object]:
    """Words that a machine heard: nobody has to listen any more, and the record says where they come from."""
    text = text.strip()[:MAX_TEXT_CHARS]
    return {"text": text, "language": detect(text), "tasks_done": (LISTEN,), "warnings": ("transcribed",)}


def _number(what: str, job: Job) -> UUID:
    """The same on every try: whatever is published first counts, the rest are redeliveries."""
    return named_uuid(what, str(job.complaint_id), str(job.attachment_id))
