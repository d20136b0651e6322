"""Whether two senders are one person: how well it is known, and what speaks against it where nothing is proven."""

from collections.abc import Collection

from schemas.records import Evidence
from workers.deduplicate.identifiers import LANDLINE, Identifiers
from workers.deduplicate.persons import ONE_EACH, Persons
from workers.deduplicate.points import Same, names_agree

_IN_WORDS = {"name": ("姓名", "name"), "email": ("邮箱", "mail address"), "customer_no": ("会员号", "customer number")}
_CERTAIN = frozenset({Same.PROVEN, Same.KNOWN})


def same_person(persons: Persons, new: Identifiers, old: Identifiers) -> Same:
    """How well the two senders are known to be one person."""
    ours = {one.key: one for one in new.own if not persons.is_shared(one.key)}
    theirs = {one.key: one for one in old.own if not persons.is_shared(one.key)}
    common = ours.keys() & theirs.keys()
    if common and all(ours[key].kind == LANDLINE for key in common):
        return Same.LANDLINE
    if common:
        proven = any(ours[key].proven and theirs[key].proven for key in common)
        return Same.PROVEN if proven else Same.UNPROVEN
    known = persons.of(ours) & persons.of(theirs)
    if known:
        strong = any(persons.strong(ours, one) and persons.strong(theirs, one) for one in known)
        return Same.KNOWN if strong else Same.KNOWN_UNPROVEN
    return _by_telephone(persons, new, old, {one.kind for one in ours.values()} & {one.kind for one in theirs.values()})


def proven_same(persons: Persons, new: Identifiers, old: Identifiers) -> bool:
    """Whether one identifier is proven to be both senders': only then may one hear of the other's complaint."""
    return same_person(persons, new, old) is Same.PROVEN


def same_recipient(new: Identifiers, old: Identifiers) -> bool:
    """Whether an answer to the new complaint can only go where the answer to the old one goes."""
    return new.answered_at[:1] == old.answered_at[:1] != () and {*new.answered_at} <= {*old.answered_at}


def _by_telephone(persons: Persons, new: Identifiers, old: Identifiers, kinds: set[str]) -> Same:
    ours, theirs = ({each.key for each in one.own if not persons.is_shared(each.key)} for one in (new, old))
    claims = {one for one in new.claimed if not persons.is_shared(one)}
    if ours & {*old.claimed} or theirs & claims or claims & {*old.claimed}:
        return Same.CLAIMED
    if {*new.masked_ends} & {*old.masked_ends, *old.full_ends} or {*new.full_ends} & {*old.masked_ends}:
        return Same.MASKED
    if ours & {*old.named} or theirs & {*new.named}:
        return Same.MENTIONED
    return Same.DIFFERENT if kinds else Same.UNKNOWN


def doubts(persons: Persons, new: Identifiers, old: Identifiers, same: Same) -> frozenset[str]:
    """In what senders differ who are not proven to be one person: who types a telephone need not be its owner.

    Another name, or another address of a kind of which people have one.
    """
    if same in _CERTAIN:
        return frozenset()
    ours, theirs = ({(one.kind, one.key) for one in side.own if not persons.is_shared(one.key)} for side in (new, old))
    kinds = {kind for kind, _ in ours} & {kind for kind, _ in theirs} & ONE_EACH
    common = {kind for kind, _ in ours & theirs}
    names = {"name"} if names_agree(new.names, old.names) is False else set()
    return frozenset((kinds - common) | names)


def differing_senders(persons: Persons, new: Identifiers, old: Identifiers) -> frozenset[str]:
    """The same, for two senders of whom nothing has been compared yet."""
    return doubts(persons, new, old, same_person(persons, new, old))


def doubted(differing: Collection[str]) -> Evidence:
    """Why a person is asked, in words, where senders differ who are not proven to be one person."""
    chinese, english = zip(*(_IN_WORDS[one] for one in sorted(differing)), strict=True)
    detail = (
        f"身份未经核实，而{'、'.join(chinese)}不同，可能不是同一人，请人工核对 / "
        f"Not proven to be the same person, and another {' and '.join(english)}: a person decides"
    )
    return Evidence(rule="unproven-other-sender", detail=detail)
