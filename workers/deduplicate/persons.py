"""Who is who: identifiers that complaints gave together belong to one person. Works in memory, under the locks.

A value that many different people give (a store's telephone, a company's mailbox) is nobody's own: it joins no one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from schemas.identity import named_uuid
from schemas.policy.linking import Linking
from workers.deduplicate.identifiers import Identifiers

ONE_EACH = frozenset({"email", "customer_no"})
"""Kinds of identifiers of which people have one as a rule; of telephones many have two, of openids one per account."""
_SHORT = 10
_MOST_PARTNERS = 12


@dataclass(slots=True)
class KnownIdentifier:
    """One identifier as the table holds it. `via` is the identifier beside which it came to its person."""

    key: str
    person_id: UUID
    kind: str
    via: str | None = None
    proven: bool = False
    complaints: int = 0
    shared: bool = False
    partners: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Move:
    """Identifiers that went from one person to another, because of which complaint: enough to undo it."""

    complaint_id: UUID
    kind: str
    from_person: UUID
    to_person: UUID
    keys: tuple[str, ...]


class Persons:
    """What is known of the persons of a batch, and what the batch adds to it."""

    def __init__(
        self, linking: Linking, known: Iterable[KnownIdentifier] = (), parted: Iterable[frozenset[UUID]] = ()
    ) -> None:
        """`parted` are pairs of persons whom somebody has told apart: they are never made one again."""
        self._linking = linking
        self._parted = set(parted)
        self._known = {one.key: one for one in known}
        self.changed: set[str] = set()
        self.created: list[UUID] = []
        self.moves: list[Move] = []

    def __getitem__(self, key: str) -> KnownIdentifier:
        return self._known[key]

    def is_shared(self, key: str) -> bool:
        """Whether the value is known as nobody's own."""
        known = self._known.get(key)
        return known is not None and known.shared

    def of(self, keys: Iterable[str]) -> set[UUID]:
        """The persons these identifiers lead to."""
        return {one.person_id for key in keys if (one := self._known.get(key)) and not one.shared}

    def strong(self, keys: Iterable[str], person: UUID) -> bool:
        """Whether one of these identifiers was ever proven to be this person's."""
        return any(
            one.proven and one.person_id == person and not one.shared
            for key in keys
            if (one := self._known.get(key)) is not None
        )

    def keys_of(self, keys: Iterable[str]) -> Iterator[str]:
        """All identifiers of the persons these lead to."""
        persons = self.of(keys)
        return (one.key for one in self._known.values() if one.person_id in persons and not one.shared)

    def learn(self, complaint_id: UUID, identifiers: Identifiers) -> None:
        """Take in what one complaint says: its identifiers belong together."""
        if not identifiers.own:
            return
        proven = {one.key: one.proven for one in identifiers.own}
        partners = _partners(identifiers)
        foreign = self._foreign(identifiers)
        for one in identifiers.own:
            if known := self._known.get(one.key):
                self._count(known, partners, complaint_id, proven=one.proven)
        trusted = [one for one in identifiers.own if not self.is_shared(one.key)]
        if not trusted:
            return
        anchors = [one.key for one in trusted if one.key in self._known and one.key not in foreign]
        root = next(iter(anchors), None)
        person = self._known[root].person_id if root else self._create(named_uuid("person", str(complaint_id)))
        for key in anchors[1:]:
            if root and (proven[key] or proven[root]):
                self._merge(complaint_id, root, key)
        for one in trusted:
            if one.key in self._known:
                continue
            if self._size(person) >= self._linking.most_identifiers:
                root, person = None, self._create(named_uuid("person", str(complaint_id), one.key))
            self._known[one.key] = KnownIdentifier(one.key, person, one.kind, via=root)
            root = root or one.key
            self._count(self._known[one.key], partners, complaint_id, proven=one.proven)

    def part(self, complaint_id: UUID, other: UUID, keys: Iterable[str]) -> None:
        """Give identifiers back to `other`, whose they were, and never make these persons one again.

        Whose they are now need not be the person they came to first.
        """
        back = [one for key in sorted(keys) if (one := self._known.get(key)) and one.person_id != other]
        moved = {one.key for one in back}
        for person in sorted({one.person_id for one in back}):
            self._parted.add(frozenset((person, other)))
            theirs = tuple(one.key for one in back if one.person_id == person)
            self.moves.append(Move(complaint_id, "parted", person, other, theirs))
        for one in back:
            one.person_id = other
            one.via = one.via if one.via in moved else None
        self.changed.update(moved)

    def _foreign(self, identifiers: Identifiers) -> set[str]:
        """Identifiers that are typed here and are somebody else's, as it seems: his name or his mail is another one.

        They lead to nobody: else a typed telephone would make its owner's whatever is given beside it.
        """
        return {
            one.key
            for one in identifiers.own
            if not one.proven and (known := self._known.get(one.key)) and self._is_other(known, identifiers)
        }

    def _is_other(self, known: KnownIdentifier, identifiers: Identifiers) -> bool:
        first_name = known.partners.get("name", [])[:1]
        if first_name and identifiers.names and identifiers.names[1][:_SHORT] != first_name[0]:
            return True
        theirs: dict[str, set[str]] = {}
        for one in self._known.values():
            if one.person_id == known.person_id and one.kind in ONE_EACH and not one.shared:
                theirs.setdefault(one.kind, set()).add(one.key)
        trusted = [one for one in identifiers.own if not self.is_shared(one.key)]
        given = {kind: {one.key for one in trusted if one.kind == kind} for kind in theirs}
        return any(given[kind] and given[kind].isdisjoint(keys) for kind, keys in theirs.items())

    def _create(self, person: UUID) -> UUID:
        self.created.append(person)
        return person

    def _size(self, person: UUID) -> int:
        return sum(one.person_id == person for one in self._known.values())

    def _count(self, known: KnownIdentifier, partners: Mapping[str, str], complaint_id: UUID, *, proven: bool) -> None:
        known.complaints += 1
        known.proven = known.proven or proven
        for key, kind in partners.items():
            seen = known.partners.setdefault(kind, [])
            if key != known.key[:_SHORT] and key not in seen and len(seen) < _MOST_PARTNERS:
                seen.append(key)
        self.changed.add(known.key)
        if not known.shared and max(map(len, known.partners.values()), default=0) >= self._linking.shared_partners:
            known.shared = True
            self._split(known, complaint_id)

    def _merge(self, complaint_id: UUID, root: str, key: str) -> None:
        """Make one person of two, unless it would have more identifiers than people have."""
        keep, give = self._known[root].person_id, self._known[key].person_id
        too_many = self._size(keep) + self._size(give) > self._linking.most_identifiers
        if keep == give or too_many or frozenset((keep, give)) in self._parted:
            return
        moved = sorted(one.key for one in self._known.values() if one.person_id == give)
        for each in moved:
            known = self._known[each]
            known.person_id, known.via = keep, known.via or root
        self._known[key].via = self._known[key].via or root
        self.changed.update(moved)
        self.moves.append(Move(complaint_id, "merged", give, keep, tuple(moved)))

    def _split(self, shared: KnownIdentifier, complaint_id: UUID) -> None:
        """Part the people whom only this value had made one; the largest group keeps the person."""
        person = shared.person_id
        groups = _groups([one for one in self._known.values() if one.person_id == person and one is not shared])
        for group in groups[1:]:
            to = self._create(named_uuid("person", str(complaint_id), group[0]))
            for key in group:
                self._known[key].person_id = to
                self.changed.add(key)
            self.moves.append(Move(complaint_id, "split", person, to, tuple(group)))


def _partners(identifiers: Identifiers) -> dict[str, str]:
    """Who is seen together: short keys of the identifiers and of the family name, with their kind."""
    partners = {one.key[:_SHORT]: one.kind for one in identifiers.own}
    if identifiers.names:
        partners[identifiers.names[1][:_SHORT]] = "name"
    return partners


def _groups(members: Sequence[KnownIdentifier]) -> list[list[str]]:
    """The members by who came beside whom, largest group first."""
    group_of = {one.key: {one.key} for one in members}
    for one in members:
        if one.via in group_of and group_of[one.via] is not group_of[one.key]:
            joined = group_of[one.via] | group_of[one.key]
            group_of.update(dict.fromkeys(joined, joined))
    groups = {id(group): sorted(group) for group in group_of.values()}
    return sorted(groups.values(), key=lambda group: (-len(group), group))
