"""The opinion service: asks another model about open, uncertain reviews. What it says is shown, and decides nothing.

A failure, a refusal, nonsense: after a few tries the review has no opinion, and nobody waits for one. When the server
fails again and again nobody is asked for a while.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.opinion import Adviser, Opinion, Question
from infra import metrics
from infra.logs import log
from infra.service import Health
from schemas.errors import ChannelUnavailable
from schemas.masking import mask_text
from schemas.policy import PolicyPack
from schemas.settings import OpinionSettings
from workers.persistent import State, persist
from workers.review import opinions
from workers.review.opinions import GIVEN, GIVEN_UP, WAITING, Answer, Asked
from workers.runtime.backoff import rest

_BESIDES_THE_CALL = timedelta(seconds=60)
"""A lease outlives the call by what reading the text and writing the answer may take."""
_log = log(__name__)

Words = Callable[[str, int, int], Awaitable[str]]
"""Topic, partition, offset → the masked words of the record there."""


@dataclass(frozen=True, slots=True)
class OpinionParts:
    """What the service needs; without adviser and settings it does nothing."""

    engine: AsyncEngine
    pack: PolicyPack
    words: Words
    now: Callable[[], datetime]
    adviser: Adviser | None = None
    settings: OpinionSettings | None = None


class Opinions:
    """Asks. Any number may run at once: a review is asked about by one."""

    def __init__(self, parts: OpinionParts) -> None:
        self.name = "opinion"
        self._parts = parts
        self._state = State(self.name)
        self._failed_in_a_row = 0
        self._resting_until: datetime | None = None
        self._kinds = {kind.code: kind.words.zh_hans.format(category="…") for kind in parts.pack.kinds}
        self._categories = {category.code: category.title.zh_hans for category in parts.pack.categories}

    async def run(self, stop: asyncio.Event) -> None:
        """See `infra.service.Service`."""
        if self._parts.adviser is None or self._parts.settings is None:
            await stop.wait()
            return
        await persist(stop, self._state, lambda: self._until(stop))

    def health(self) -> Health:
        """Ready also while the other server is away: nothing waits for it."""
        if self._parts.adviser is None:
            return Health(self.name, True, "no second opinion is set up")
        if self._resting_until is not None:
            return Health(self.name, True, "the opinion server fails: nobody is asked for a while")
        return self._state.health()

    async def work(self) -> bool:
        """Ask about the review that waits longest; False when there is none, or nobody is asked at the moment."""
        parts, now = self._parts, self._parts.now()
        if parts.adviser is None or parts.settings is None or (self._resting_until and now < self._resting_until):
            return False
        async with parts.engine.begin() as connection:
            asked = await opinions.claim(connection, now, parts.settings.timeout + _BESIDES_THE_CALL)
            place = await opinions.place_of(connection, asked) if asked else None
        if asked is None:
            return False
        words = await parts.words(*place) if place else ""
        answer = await self._answer(asked, words, parts.adviser, parts.settings)
        async with parts.engine.begin() as connection:
            await opinions.write(connection, asked, answer, parts.settings.model, parts.now())
        metrics.OPINIONS.labels(answer.state).inc()
        _log.info("asked for an opinion", complaint_id=str(asked.complaint_id), attempt=asked.tries, state=answer.state)
        return True

    async def _answer(self, asked: Asked, words: str, adviser: Adviser, settings: OpinionSettings) -> Answer:
        now = self._parts.now()
        if not words or asked.tries > settings.tries:
            return Answer(GIVEN_UP, now, error="NoWords" if not words else "TooManyTries")
        try:
            said = await adviser.ask(Question(words, self._kinds, self._categories))
        except ChannelUnavailable as error:
            self._note_failure(settings)
            state = WAITING if asked.tries < settings.tries else GIVEN_UP
            later = self._parts.now() + settings.retry_after * 2 ** (asked.tries - 1)
            return Answer(state, later, error=type(error.__cause__ or error).__name__)
        self._failed_in_a_row, self._resting_until = 0, None
        if said is None:
            return Answer(GIVEN_UP, now, error="NoOpinion")
        return Answer(GIVEN, now, opinion=_kept(said))

    def _note_failure(self, settings: OpinionSettings) -> None:
        """Count a failed call; after some in a row nobody is asked for a while, then one call tries again."""
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= settings.failures:
            self._resting_until = self._parts.now() + settings.rest

    async def _until(self, stop: asyncio.Event) -> None:
        settings = self._parts.settings
        pause = settings.poll_every.total_seconds() if settings else 0
        while not stop.is_set():
            worked = await self.work()
            self._state.waits_for = None
            if not worked:
                await rest(stop, pause)


def _kept(said: Opinion) -> dict[str, object]:
    """What is stored: codes, and a reason in which a name the model made up or repeated is masked too."""
    others = [code for code in dict.fromkeys(said.secondary) if code != said.primary]
    return said.model_dump() | {"secondary": others, "reason": mask_text(said.reason)}
