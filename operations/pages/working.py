"""What the working pages share: the open items, the database, reasons people give, lists page by page."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError, NodeNotReadyError
from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.staff.audit import audit
from gateway.staff.problems import NoDatabase, NotThere, StaffProblem
from gateway.staff.visit import Visit, database
from operations.dead_letters import letters_fold
from operations.folding import Fold
from operations.pages.parts import OperationsParts, operations_of
from operations.pages.render import pages_of
from operations.reading import require_kafka
from operations.suspended import suspended_fold
from operations.vocabulary import Lang
from operations.wording import Wording
from schemas.base import storable
from schemas.errors import IntakeError, Unreachable
from schemas.masking import find_personal
from schemas.records import DeadLetter, Suspended

A_PAGE = 50
"""Rows of a list."""
LONGEST_REASON = 500
T = TypeVar("T")


class NoKafka(StaffProblem):
    """Kafka does not answer: what is only in the database can still be seen."""

    http_status = 503
    text = "problem.kafka"


@dataclass(slots=True)
class Desk:
    """What all visitors of one gateway share. `acting`: what reads deliveries again has a spool with one owner."""

    suspended: Fold[Suspended]
    letters: Fold[DeadLetter]
    acting: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class Paged(Generic[T]):
    """One page of a list. `page` counts from 1."""

    rows: Sequence[T]
    page: int
    has_next: bool
    total: int | None = None


def desk_of(request: Request) -> Desk:
    """What this application's working pages share, made at first use."""
    state = request.app.state
    if not hasattr(state, "desk"):
        settings = operations_of(request).settings
        state.desk = Desk(suspended_fold(settings), letters_fold(settings))
    return cast(Desk, state.desk)


def engine_of(parts: OperationsParts) -> AsyncEngine:
    """The database. Raises `NoDatabase` where none is set."""
    if parts.engine is None:
        raise NoDatabase("this gateway has no database")
    return parts.engine


@contextmanager
def asking_kafka(parts: OperationsParts) -> Iterator[None]:
    """Turn a broker that does not answer into `NoKafka`. What a stage does not do in time passes as `Unreachable`."""
    try:
        require_kafka(parts.settings.kafka)
    except Unreachable as error:
        raise NoKafka("Kafka is not set") from error
    try:
        yield
    except (KafkaConnectionError, KafkaTimeoutError, NodeNotReadyError) as error:
        raise NoKafka("Kafka does not answer") from error


def paged(rows: Sequence[T], page: int) -> Paged[T]:
    """The rows of one page of a list that is in memory."""
    start = (page - 1) * A_PAGE
    return Paged(rows[start : start + A_PAGE], page, len(rows) > start + A_PAGE, len(rows))


def page_of(request: Request) -> int:
    """Which page is asked for; 1 for what is no page."""
    asked = request.query_params.get("page", "")
    return min(max(int(asked), 1), 100_000) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1


def asked(request: Request, name: str) -> str | None:
    """A filter of a list, None where nothing is asked for."""
    return storable(request.query_params.get(name) or "").strip()[:100] or None


def id_of(text: str) -> UUID:
    """An id that stands in a path or form. Raises `NotThere`."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotThere("no id") from error


def chosen_ids(fields: Mapping[str, str]) -> list[UUID]:
    """What was ticked in a list: fields `id.<id>`."""
    return [id_of(name.removeprefix("id.")) for name in fields if name.startswith("id.")]


def reason_in(fields: Mapping[str, str], name: str = "reason", *, must: bool = True) -> tuple[str, str | None]:
    """The reason somebody gave, and the key of what is wrong with it. It is kept, so it may name nobody."""
    reason = " ".join(fields.get(name, "").split())
    if not reason:
        return "", "desk.reason.missing" if must else None
    if len(reason) > LONGEST_REASON:
        return reason, "desk.reason.long"
    return reason, "desk.reason.personal" if find_personal(reason) else None


def wording_of(here: Visit) -> Wording:
    """How codes are called in the visitor's language."""
    lang: Lang = "en" if pages_of(here).lang == "en" else "zh"
    return Wording(operations_of(here.request).pack, lang)


async def noted(here: Visit, action: str, ids: Sequence[object], purpose: str | None = None) -> None:
    """Put on record what is about to be seen or done: without the record it is not. Raises `NoDatabase`."""
    async with database(here.parts) as connection:
        await audit(connection, here.parts.now(), here.account.account_id, action, ids, purpose=purpose)


def show(here: Visit, template: str, status: int = 200, **context: Any) -> Response:
    """One of these pages."""
    return pages_of(here).page(template, status, say=wording_of(here), span=span_of(here), **context)


def told(
    here: Visit, back: str, key: str, *, done: bool = True, detail: str = "", status: int | None = None
) -> Response:
    """What became of an act, and the way back."""
    said = pages_of(here).text(key, detail=detail)
    return show(here, "desk_done.html", status or (200 if done else 409), back=back, said=said, done=done)


def refused(here: Visit, back: str, error: IntakeError) -> Response:
    """An act that was not done, or is kept until its stage works."""
    if isinstance(error, Unreachable):
        return told(here, back, "desk.kept", done=False, status=202)
    return told(here, back, "desk.refused", done=False, detail=wording_of(here).said(str(error)))


class _Spans:
    """Lengths of time in words, as templates call for them."""

    def __init__(self, here: Visit) -> None:
        self._now = here.parts.now()
        self._pages = pages_of(here)

    def since(self, at: datetime) -> str:
        """How long ago."""
        return self._said("span", self._now - at)

    def left(self, due: datetime) -> str:
        """How much time is left, or by how much it is over."""
        return (
            self._said("span.left", due - self._now) if due >= self._now else self._said("span.over", self._now - due)
        )

    def is_over(self, due: datetime) -> bool:
        """Whether that moment has passed."""
        return due < self._now

    def _said(self, key: str, length: timedelta) -> str:
        minutes = max(0, int(length.total_seconds()) // 60)
        if minutes >= 48 * 60:
            return self._pages.text(f"{key}.days", n=minutes // (24 * 60))
        if minutes >= 60:
            return self._pages.text(f"{key}.hours", n=minutes // 60, m=minutes % 60)
        return self._pages.text(f"{key}.minutes", n=minutes)


def span_of(here: Visit) -> _Spans:
    """Lengths of time for this visitor."""
    return _Spans(here)
