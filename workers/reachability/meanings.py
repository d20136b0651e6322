"""What signals and results say about the ways to a person. Pure: the same whatever order they come in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from schemas.outcomes import OutboxResult
from schemas.signals import Signal, SignalKind


class Closed(StrEnum):
    """Why a way is closed."""

    OPTED_OUT = "opted-out"
    LEFT = "left"
    BLOCKED = "blocked"
    BOUNCED = "bounced"
    ERASED = "erased"


CLOSES = {
    SignalKind.OPTED_OUT: Closed.OPTED_OUT,
    SignalKind.LEFT: Closed.LEFT,
    SignalKind.ERASURE: Closed.ERASED,
}
REOPENS = {
    SignalKind.OPTED_IN: (Closed.OPTED_OUT, Closed.LEFT, Closed.BLOCKED),
    SignalKind.ENTERED: (Closed.LEFT, Closed.BLOCKED),
}
ENDED = {"recipient-refused": Closed.BLOCKED, "bounced": Closed.BOUNCED}
"""How a way of a message ended → why it is closed from then on; every other end may pass."""
_BLOCKED_BY_USER = "user block"
"""TEMPLATESENDJOBFINISH, `Status`: developers.weixin.qq.com, template messages; other codes are not about a person."""

Key = tuple[str, str, str]
"""Recipient's pseudonym, channel, reason."""


@dataclass(slots=True)
class Change:
    """When a way was last closed and last reopened for one reason, as far as one batch knows."""

    closed_at: datetime | None = None
    reopened_at: datetime | None = None


def changes(records: Iterable[Signal | OutboxResult]) -> dict[Key, Change]:
    """What all records together change."""
    merged: dict[Key, Change] = {}
    for record in records:
        for key, is_closed, at in _of_signal(record) if isinstance(record, Signal) else _of_result(record):
            change = merged.setdefault(key, Change())
            if is_closed:
                change.closed_at = max(change.closed_at or at, at)
            else:
                change.reopened_at = max(change.reopened_at or at, at)
    return merged


def places(records: Iterable[Signal | OutboxResult]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Where people were last: the newest row of (channel, account, recipient)."""
    newest: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one in records:
        if not isinstance(one, Signal) or not one.place or not one.recipient_key:
            continue
        key = one.channel, one.account, one.recipient_key
        if key not in newest or newest[key]["at"] < one.at:
            newest[key] = dict(zip(("channel", "account", "recipient_key"), key, strict=True))
            newest[key] |= {"place": one.place, "at": one.at}
    return newest


def is_report(signal: Signal) -> bool:
    """Whether a signal reports on a message of ours that can be found again."""
    about_ours = signal.outbox_id is not None or signal.vendor_id is not None
    return about_ours and signal.kind in (SignalKind.DELIVERED, SignalKind.UNDELIVERED)


def _of_signal(signal: Signal) -> Iterator[tuple[Key, bool, datetime]]:
    whom = signal.recipient_key
    if whom is None:
        return
    reason = CLOSES.get(signal.kind)
    if signal.kind == SignalKind.UNDELIVERED and _BLOCKED_BY_USER in _spaced(signal.detail):
        reason = Closed.BLOCKED
    if reason is not None:
        yield (whom, signal.channel, reason), True, signal.at
    for ended in REOPENS.get(signal.kind, ()):
        yield (whom, signal.channel, ended), False, signal.at


def _of_result(result: OutboxResult) -> Iterator[tuple[Key, bool, datetime]]:
    for way in result.ways:
        reason = ENDED.get(way.ended)
        if reason is not None and way.recipient_key:
            yield (way.recipient_key, way.channel, reason), True, result.at


def _spaced(code: str) -> str:
    return code.lower().replace("-", " ").replace("_", " ")
