"""Whether, and on which ways, an acknowledgement may go: the rules that keep two machines from writing for ever.

Sources: RFC 3834 sections 2 and 5; rate caps as Zammad has them per ticket and recipient and per recipient.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from schemas.normalise import fold
from schemas.outcomes import Outcome
from schemas.reply import SHOWN_ON_PAGE, THROUGH_AUTHORITY, Way
from schemas.settings import AcknowledgeSettings
from schemas.tokens import find_case_tokens
from workers.acknowledge.owed import Owed
from workers.recipients import ClosedWay, KeyedWay, all_closed, never_answered

_PREFIX = re.compile(
    r"^\s*(?:re|aw|sv|fw|fwd|wg|tr|回复|答复|转发|自动回复|auto(?:matic)? ?reply)\s*(?:\[\d+\])?\s*[::]\s*"
)
_VARYING = re.compile(r"[\[(【<].*?[\])】>]|[0-9a-z]*\d[0-9a-z-]*")


@dataclass(frozen=True, slots=True)
class Message:
    """An earlier message to a recipient, as far as the guards care."""

    at: datetime
    case_id: UUID
    subject_key: str | None


@dataclass(slots=True)
class History:
    """What was sent before: the newest message per window, all recent ones per recipient, what is closed.

    A window is of a case, a channel and a recipient: what others were told about a case covers nobody.
    """

    windows: dict[tuple[UUID, str, str], datetime] = field(default_factory=dict)
    recent: dict[str, list[Message]] = field(default_factory=dict)
    closed: dict[ClosedWay, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: send on the first of the `ways` that works, or an outcome that stands at once, with its reason."""

    outcome: Outcome | None
    reason: str
    ways: tuple[KeyedWay, ...] = ()


@dataclass(frozen=True, slots=True)
class Guards:
    """The rules with their limits; `own` are our addresses in small letters."""

    limits: AcknowledgeSettings
    own: frozenset[str]

    def judge(self, owed: Owed, ways: Sequence[KeyedWay], subject: str | None, at: datetime, history: History) -> Plan:
        """Decide on one acknowledgement at the time `at`.

        `ways` are those of `answerable` with their pseudonyms, `subject` is the pseudonym history uses.
        """
        if owed.by_authority:
            return Plan(Outcome.BY_PERSON, THROUGH_AUTHORITY)
        if owed.unwanted:
            return Plan(Outcome.NOT_WANTED, owed.unwanted)
        if not ways:
            return self._without_address(owed)
        usable = tuple(one for one in ways if (one.way.channel, one.recipient_key) not in history.closed)
        if not usable:
            return _page_or(owed, Plan(Outcome.UNREACHABLE, all_closed(ways, history.closed)))
        last_at = history.windows.get((owed.case_id, usable[0].way.channel, usable[0].recipient_key))
        if owed.may_know_case and last_at is not None and abs(at - last_at) < self.limits.window:
            return Plan(Outcome.COVERED, "the case was acknowledged on this channel within the window")
        cap = self._cap_reached(owed.case_id, subject, at, history.recent.get(usable[0].recipient_key, ()))
        if cap is not None:
            return _page_or(owed, Plan(Outcome.BY_PERSON, f"loop guard: {cap}"))
        return Plan(None, "to be sent", usable)

    def answerable(self, owed: Owed) -> tuple[Way, ...]:
        """The ways on which a message could go at all: to no machine, to nobody who is not to be answered by us."""
        if owed.by_authority or owed.unwanted:
            return ()
        return tuple(way for way in owed.back.ways if not self.never_answered(way.address))

    def never_answered(self, address: str) -> bool:
        """Whether an address is our own (with or without plus-tag) or belongs to a machine by its name."""
        return never_answered(address, self.own, self.limits.robots)

    def longest(self) -> timedelta:
        """How far back the caps look."""
        caps = (self.limits.case_caps, self.limits.recipient_caps, self.limits.subject_caps)
        return timedelta(minutes=max((minutes for cap in caps for minutes in cap), default=0))

    def _without_address(self, owed: Owed) -> Plan:
        if owed.back.ways:
            return _page_or(owed, Plan(Outcome.NOT_WANTED, "the address is our own or a machine's"))
        return _page_or(owed, Plan(Outcome.UNREACHABLE, "no address was left"))

    def _cap_reached(self, case_id: UUID, subject: str | None, at: datetime, recent: Sequence[Message]) -> str | None:
        checks: tuple[tuple[str, Mapping[int, int], Iterable[Message]], ...] = (
            ("messages about one case", self.limits.case_caps, (one for one in recent if one.case_id == case_id)),
            ("messages to one address", self.limits.recipient_caps, recent),
            (
                "answers to one subject",
                self.limits.subject_caps,
                (one for one in recent if subject is not None and one.subject_key == subject),
            ),
        )
        for what, caps, messages in checks:
            ages = [abs(at - one.at) for one in messages]
            for minutes, most in sorted(caps.items()):
                if sum(age < timedelta(minutes=minutes) for age in ages) >= most:
                    return f"{most} {what} in {minutes} minutes"
        return None


def repeated_subject(subject: str | None) -> str | None:
    """What stays the same when a machine writes a subject again: no prefixes, brackets, numbers or tokens of ours."""
    if not subject:
        return None
    for token in find_case_tokens(subject):
        subject = subject.replace(token, "")
    text = fold(subject).text
    while match := _PREFIX.match(text):
        text = text[match.end() :]
    return " ".join(_VARYING.sub(" ", text).split()) or None


def _page_or(owed: Owed, plan: Plan) -> Plan:
    return Plan(Outcome.SENT, SHOWN_ON_PAGE) if owed.back.page_shown else plan
