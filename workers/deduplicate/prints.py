"""What a complaint can be found by, and what it looks for: blocking keys, all of them pseudonyms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from uuid import UUID

from schemas.complaint import Complaint
from schemas.errors import NotGenuine
from schemas.identity import first_case_id, outbox_id, outbox_id_of, pseudonym, strongest_identifiers
from schemas.normalise import fold
from schemas.order_number import OrderNumber, order_numbers
from schemas.reply import ACKNOWLEDGEMENT
from schemas.tokens import TokenKeys, verify_case

MERGEABLE_REFERRALS = frozenset({"complaint", "work_order", "consultation", "mediation_notice"})
"""All other kinds count as a report: the reporter's identity makes no link and no profile."""
MAX_IDENTIFIERS = 5
MAX_REFERENCES = 20
"""Of a hostile mail with thousands; the first names the thread's start, the last ones what it answers."""
_CONVERSATIONS = frozenset({"chat", "sms"})
_DISTINGUISHING = ("product", "batch_no", "store", "event_date")


@dataclass(frozen=True, slots=True)
class Prints:
    """The blocking keys of one complaint: what it looks for, and what later ones may find it by.

    `copy`, `source`, `conversation` and `orders` are both; `threads` and `references` look for what others `announces`.
    """

    copy: str | None = None
    token_number: str | None = None
    ours: tuple[str, ...] = ()
    threads: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    source: str | None = None
    conversation: str | None = None
    orders: tuple[tuple[str, OrderNumber], ...] = ()
    announces: tuple[str, ...] = ()

    def looked_for(self) -> Iterable[str]:
        """Every key a gate looks at."""
        yield from filter(None, (self.copy, self.source, self.conversation))
        yield from self.ours
        yield from self.threads
        yield from self.references
        yield from (key for key, _ in self.orders)

    def registered(self) -> Iterable[str]:
        """Every key later complaints may find this one by."""
        yield from filter(None, (self.copy, self.source, self.conversation))
        yield from (key for key, _ in self.orders)
        yield from self.announces


@dataclass(frozen=True, slots=True)
class Printer:
    """Takes the prints of complaints with the installation's keys."""

    pseudonym_key: bytes
    token_keys: TokenKeys

    def take(self, complaint: Complaint) -> Prints:
        """The prints of one complaint.

        A machine's mail may join a case, but is found only as its own second copy: nobody's complaint may end
        in a case that asks nobody for work. A report is not found and does not look.
        """
        if complaint.sealed or (complaint.referral and complaint.referral.kind not in MERGEABLE_REFERRALS):
            return Prints(source=self._source(complaint))
        people = self._people(complaint)
        looks = self._replies(complaint, people)
        if complaint.automatic.is_automatic:
            return replace(looks, copy=self._copy(complaint))
        return replace(
            looks,
            copy=self._copy(complaint),
            source=self._source(complaint),
            conversation=self._conversation(complaint, people),
            orders=tuple(
                (self._key("order", order.number, person), order)
                for order in order_numbers(complaint)
                for person in people
            ),
            announces=self._announces(complaint, people),
        )

    def stated(self, complaint: Complaint) -> Mapping[str, str]:
        """Pseudonyms of what distinguishes one incident from another; the values have few possibilities."""
        given = ((name, getattr(complaint.stated, name)) for name in _DISTINGUISHING)
        return {name: self._key(name, "".join(fold(value).text.split())) for name, value in given if value}

    def answers(self, complaint_id: UUID, case_id: UUID) -> tuple[str, ...]:
        """The keys of the acknowledgement we may send for it: by its case, or by the case it would have opened,
        when the sweeper wrote before its case was known.

        They need no lock: who looks for one has received the message, long after this was written.
        """
        cases = dict.fromkeys((case_id, first_case_id(complaint_id)))
        return tuple(self._key("ours", str(outbox_id(case, ACKNOWLEDGEMENT, str(complaint_id)))) for case in cases)

    def _people(self, complaint: Complaint) -> tuple[str, ...]:
        return tuple(self._key(*one) for one in islice(strongest_identifiers(complaint), MAX_IDENTIFIERS))

    def _copy(self, complaint: Complaint) -> str | None:
        if not complaint.thread.message_id:
            return None
        sender = sorted(self._people(complaint))
        files = sorted(file.sha256 for file in complaint.attachments)
        said = " ".join(complaint.text.split())
        return self._key("copy", _bare(complaint.thread.message_id), said, *sender, *files)

    def _source(self, complaint: Complaint) -> str:
        return self._key("source", complaint.channel, complaint.account, complaint.source_id)

    def _conversation(self, complaint: Complaint, people: tuple[str, ...]) -> str | None:
        """One person at one of our accounts, where people write as they talk: several short messages in a row."""
        if complaint.entry not in _CONVERSATIONS or not people:
            return None
        return self._key("conversation", complaint.channel, complaint.account, people[0])

    def _announces(self, complaint: Complaint, people: Iterable[str]) -> tuple[str, ...]:
        if not complaint.thread.message_id:
            return ()
        message = _bare(complaint.thread.message_id)
        return (self._key("message", message), *(self._key("thread", message, person) for person in people))

    def _replies(self, complaint: Complaint, people: tuple[str, ...]) -> Prints:
        thread, about = complaint.thread, complaint.automatic.about_message_id
        earlier = (*thread.references[:1], *thread.references[-MAX_REFERENCES:], thread.in_reply_to, about)
        named = tuple(dict.fromkeys(_bare(one) for one in earlier if one))
        own = thread.message_id or ""  # our own acknowledgement may come back to us
        return Prints(
            token_number=self._number_of(thread.token),
            ours=tuple(self._key("ours", str(ours)) for one in (*named, own) if (ours := outbox_id_of(one))),
            threads=tuple(self._key("thread", one, person) for one in named for person in people),
            references=tuple(self._key("message", one) for one in named),
        )

    def _number_of(self, token: str | None) -> str | None:
        try:
            return verify_case(self.token_keys, token) if token else None
        except NotGenuine:
            return None

    def _key(self, *parts: str) -> str:
        return pseudonym(self.pseudonym_key, *parts)


def _bare(message_id: str) -> str:
    return message_id.strip().strip("<>").strip()
