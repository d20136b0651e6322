"""The ways a message may go, as its outbox row keeps them, and what is told of those that were given up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from schemas.outcomes import WayTried


class Ended(StrEnum):
    """How one way ended. Only `recipient-refused` says something about the person, for good."""

    SENT = "sent"
    REFUSED = "refused"
    RECIPIENT_REFUSED = "recipient-refused"
    CLOSED = "closed"
    NOT_SET_UP = "not-set-up"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class PlannedWay:
    """One way with its words. `recipient_key` is None for addresses after the first where a row keeps plain strings."""

    channel: str
    account: str
    address: str
    subject: str | None
    text: str
    recipient_key: str | None

    def tried(self, ended: str) -> WayTried:
        """The way as results tell it: no address."""
        return WayTried(channel=self.channel, recipient_key=self.recipient_key, ended=ended)


def planned(row: Any) -> tuple[PlannedWay, ...]:
    """The ways of an outbox row in order; a plain string is an address on the row's own channel."""
    return tuple(_planned(row, index, one) for index, one in enumerate(row.addresses))


def told(passed: Iterable[WayTried]) -> str:
    """Ways that were given up, in words: `wechat refused, phone closed`."""
    words = (f"{one.channel} {_WORDS.get(one.ended, one.ended)}" for one in passed)
    return ", ".join(dict.fromkeys(words))


def passed_before(row: Any) -> tuple[WayTried, ...]:
    """The ways an attempts row has given up so far."""
    stored: Sequence[Mapping[str, Any]] = row.passed or ()
    return tuple(WayTried.model_validate(one) for one in stored)


_WORDS: Mapping[str, str] = {Ended.RECIPIENT_REFUSED: "refused", Ended.NOT_SET_UP: "not set up"}


def _planned(row: Any, index: int, one: str | Mapping[str, Any]) -> PlannedWay:
    if isinstance(one, str):
        known = row.recipient_key if index == 0 else None
        return PlannedWay(row.reply_channel, row.account, one, row.subject, row.text, known)
    return PlannedWay(
        one["channel"],
        one["account"],
        one["address"],
        one.get("subject", row.subject),
        one.get("text", row.text),
        one["recipient_key"],
    )
