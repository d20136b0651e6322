"""What a complaint can be found by, and what it looks for: blocking keys, all of them pseudonyms."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.complaint import Complaint
from schemas.errors import NotGenuine
from schemas.identity import first_case_id, outbox_id, outbox_id_of, pseudonym, strongest_identifiers
from schemas.order_number import OrderNumber, order_numbers
from schemas.policy.linking import Linking
from schemas.reply import ACKNOWLEDGEMENT
from schemas.tokens import TokenKeys, verify_case
from workers.deduplicate.bands import bands
from workers.deduplicate.facts import UNKNOWN, FactReader, Facts, Family, Read, no_family
from workers.deduplicate.identifiers import NOBODY, Identifiers, canonical, identify
from workers.deduplicate.quoting import Quoted, quoted_in, without_numbers
from workers.deduplicate.shingles import SILENT, TextPrint

MERGEABLE_REFERRALS = frozenset({"complaint", "work_order", "consultation", "mediation_notice"})
"""All other kinds count as a report: the reporter's identity makes no link and no profile."""
MAX_IDENTIFIERS = 5
MAX_REFERENCES = 20
"""Of a hostile mail with thousands; the first names the thread's start, the last ones what it answers."""
_CONVERSATIONS = frozenset({"chat", "sms"})


@dataclass(frozen=True, slots=True)
class Prints:
    """The blocking keys of one complaint: what it looks for, and what later ones may find it by.

    `copy`, `source`, `conversation`, `orders`, `exact` and `loose` are both; `threads` and `references` look for what
    others `announces`; `quoted` are tracking numbers in its words. Thousands may share a `loose` one (a batch, a
    product in a store): it is never locked, so that two complaints of one instant may miss each other by it; nothing
    is merged for such a key alone.
    """

    copy: str | None = None
    token_number: str | None = None
    quoted: tuple[Quoted, ...] = ()
    ours: tuple[str, ...] = ()
    threads: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    source: str | None = None
    conversation: str | None = None
    orders: tuple[tuple[str, OrderNumber], ...] = ()
    announces: tuple[str, ...] = ()
    referral: str | None = None
    exact: tuple[str, ...] = ()
    loose_wanted: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    identity: Identifiers = NOBODY
    facts: Facts = UNKNOWN
    text: TextPrint = SILENT

    def looked_for(self) -> Iterable[str]:
        """Every key a gate looks at, under its lock."""
        yield from filter(None, (self.copy, self.source, self.conversation, self.referral))
        yield from self.exact
        yield from self.identity.looked_for()
        yield from self.ours
        yield from self.threads
        yield from self.references
        yield from (key for key, _ in self.orders)

    def registered(self) -> Iterable[str]:
        """Every key later complaints may find this one by, under its lock."""
        yield from filter(None, (self.copy, self.source, self.conversation, self.referral))
        yield from self.exact
        yield from self.identity.registered()
        yield from (key for key, _ in self.orders)
        yield from self.announces

    def numbers(self) -> Iterable[str]:
        """The tracking numbers it names, proven by a token or only quoted."""
        yield from filter(None, (self.token_number,))
        yield from (one.number for one in self.quoted)

    def candidates(self) -> Iterable[str]:
        """The keys of complaints to be compared with."""
        yield from self.exact
        yield from self.identity.looked_for()
        yield from self.loose_wanted


@dataclass(slots=True)
class Printer:
    """Takes the prints of complaints with the installation's keys and the words of a pack.

    `own` are our telephones and mail addresses as written; `family` names the kind of problem of a complaint.
    """

    pseudonym_key: bytes
    token_keys: TokenKeys
    linking: Linking = field(default_factory=Linking)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    own: frozenset[str] = frozenset()
    family: Family = no_family
    _reader: FactReader = field(init=False)
    _ours: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Read the words of the pack once."""
        self._reader = FactReader(self.pseudonym_key, self.linking, self.zone, self.family)
        self._ours = frozenset(map(canonical, (*self.own, *self.linking.own)))

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
        quoted = quoted_in(complaint)
        plain = without_numbers(complaint, quoted)
        orders = order_numbers(plain)
        read = self._reader.read(plain)
        identity = identify(self.pseudonym_key, complaint, read.phones, self._ours, read.claimed)
        loose_wanted, loose = self._loose(complaint, read, identity)
        return replace(
            looks,
            quoted=quoted,
            referral=self._referral(complaint),
            exact=tuple(self._key("order", order.number) for order in orders),
            loose_wanted=loose_wanted,
            loose=loose,
            identity=identity,
            facts=read.facts,
            text=read.text,
            copy=self._copy(complaint),
            source=self._source(complaint),
            conversation=self._conversation(complaint, people),
            orders=tuple((self._key("order", order.number, person), order) for order in orders for person in people),
            announces=self._announces(complaint, people),
        )

    def batch(self, written: str) -> str:
        """The print of a batch number, as facts hold it."""
        return self._reader.batch(written)

    def answers(self, complaint_id: UUID, case_id: UUID) -> tuple[str, ...]:
        """The keys of the acknowledgement we may send for it: by its case, or by the case it would have opened,
        when the sweeper wrote before its case was known.

        They need no lock: who looks for one has received the message, long after this was written.
        """
        cases = dict.fromkeys((case_id, first_case_id(complaint_id)))
        return tuple(self._key("ours", str(outbox_id(case, ACKNOWLEDGEMENT, str(complaint_id)))) for case in cases)

    def _people(self, complaint: Complaint) -> tuple[str, ...]:
        return tuple(self._key(*one) for one in islice(strongest_identifiers(complaint), MAX_IDENTIFIERS))

    def _referral(self, complaint: Complaint) -> str | None:
        return self._key("referral", complaint.referral.number.strip()) if complaint.referral else None

    def _loose(
        self, complaint: Complaint, read: Read, identity: Identifiers
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Keys to look at and to register: the batch, the place with its product in the same week, the text.

        The text alone finds candidates only for a complaint that names nobody.
        """
        week = complaint.received_at.astimezone(self.zone).date()
        week -= timedelta(days=week.weekday())
        around = [str(week + timedelta(weeks=by)) for by in (-1, 0, 1)]
        looked, registered = [], []
        for parts in read.weak_keys:
            looked += [self._key(*parts, each) for each in around] if parts[0] == "place" else [self._key(*parts)]
            registered.append(self._key(*parts, str(week)) if parts[0] == "place" else self._key(*parts))
        if not (identity.own or identity.masked_ends):
            place = ",".join(sorted(read.facts.fuzzy["store"] or read.facts.fuzzy["product"]))
            alike = [self._key("band", place, band) for band in bands(read.text)]
            looked += alike
            registered += alike
        return tuple(looked), tuple(registered)

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
