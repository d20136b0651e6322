"""Persons: identifiers given together are one person's, until they turn out to be nobody's own."""

from itertools import count
from uuid import UUID

from schemas.policy.linking import Linking
from workers.deduplicate.identifiers import Identifier, Identifiers
from workers.deduplicate.persons import Persons

_serial = count(1)
_KINDS = {"m": "email"}
LIMITS = Linking(shared_partners=3, most_identifiers=4)


def gave(persons: Persons, *keys: str, proven: bool = True, name: str | None = None) -> UUID:
    """One complaint that gives these identifiers: `m1` is a mail address, of other kinds people have several."""
    complaint = UUID(int=next(_serial))
    own = tuple(Identifier(_KINDS.get(key[0], key[0]), key.ljust(32, "-"), proven) for key in keys)
    persons.learn(complaint, Identifiers(own, names=(name, name) if name else None))
    return complaint


def together(persons: Persons, one: str, other: str) -> bool:
    """Whether the two lead to one person."""
    return bool(persons.of([one.ljust(32, "-")]) & persons.of([other.ljust(32, "-")]))


def test_identifiers_given_together_belong_to_one_person() -> None:
    persons = Persons(LIMITS)

    gave(persons, "p1", "e1")
    gave(persons, "e1", "o1")

    assert together(persons, "p1", "o1")
    assert not together(persons, "p1", "p2")


def test_two_persons_who_meet_in_a_proven_complaint_become_one_and_the_log_can_undo_it() -> None:
    persons = Persons(LIMITS)
    gave(persons, "p1")
    gave(persons, "e1", "o1")

    reason = gave(persons, "p1", "e1")

    assert together(persons, "p1", "o1")
    [move] = persons.moves
    assert (move.complaint_id, move.kind, len(move.keys)) == (reason, "merged", 2)


def test_two_known_persons_are_not_made_one_by_what_nobody_has_proven() -> None:
    persons = Persons(LIMITS)
    gave(persons, "p1")
    gave(persons, "e1")

    gave(persons, "p1", "e1", proven=False)

    assert not together(persons, "p1", "e1")


def test_nobody_has_more_identifiers_than_people_have() -> None:
    persons = Persons(LIMITS)

    gave(persons, "p1", "e1", "e2", "e3")
    gave(persons, "p1", "e4")

    assert not together(persons, "p1", "e4")


def test_a_telephone_that_many_people_give_is_nobodys_and_parts_those_it_had_joined() -> None:
    persons = Persons(LIMITS)

    for number in range(1, 5):
        gave(persons, "p1", f"e{number}")

    assert persons.is_shared("p1".ljust(32, "-"))
    assert not any(together(persons, "e1", f"e{number}") for number in range(2, 5))
    assert {move.kind for move in persons.moves} == {"split"}


def test_people_with_other_names_at_one_telephone_make_it_a_shared_one() -> None:
    persons = Persons(LIMITS)

    for name in "abc":
        gave(persons, "p1", name=name)

    assert persons.is_shared("p1".ljust(32, "-"))


def test_only_an_identifier_that_was_proven_once_is_strong() -> None:
    persons = Persons(LIMITS)
    gave(persons, "p1", "e1", proven=False)
    [person] = persons.of(["p1".ljust(32, "-")])

    before = persons.strong(["p1".ljust(32, "-")], person)
    gave(persons, "p1")

    assert (before, persons.strong(["p1".ljust(32, "-")], person)) == (False, True)


def test_a_typed_telephone_with_another_name_or_mail_binds_nothing_to_its_owner() -> None:
    persons = Persons(LIMITS)
    gave(persons, "p1", "m1", name="a")

    gave(persons, "p1", "m2", proven=False, name="a")
    gave(persons, "p1", "o1", proven=False, name="b")

    assert not together(persons, "p1", "m2")
    assert not together(persons, "p1", "o1")


def test_a_proven_telephone_binds_another_mail_of_its_owner() -> None:
    persons = Persons(LIMITS)
    gave(persons, "p1", "m1")

    gave(persons, "p1", "m2")

    assert together(persons, "m1", "m2")
