"""What one entry of an organisation file says about another must be true."""

from collections.abc import Iterator
from itertools import pairwise

from schemas.policy.checking import Problem
from schemas.policy.organisation.model import PARENTS, Entry, Organisation, UnitKind


def check(organisation: Organisation) -> Iterator[Problem]:
    """Yield (location, what is wrong and what to do) for each entry that cannot be followed."""
    seen: dict[tuple[UnitKind, str], list[Entry]] = {}
    codes = {(kind, entry.code) for kind, _, entry in organisation.entries()}
    for kind, index, entry in organisation.entries():
        place = (f"{kind.value}s", index)
        for other in seen.setdefault((kind, entry.code), []):
            if entry.overlaps(other):
                yield (*place, "code"), f"{entry.code!r} is here twice at one time: end the earlier one with valid_to"
        seen[kind, entry.code].append(entry)
        if entry.parent is None and kind is UnitKind.COUNTER:
            yield place, "a counter needs parent: the code of its store"
        if entry.parent is not None and all((above, entry.parent) not in codes for above in PARENTS[kind]):
            wanted = " or ".join(sorted(PARENTS[kind]))
            yield (*place, "parent"), f"no {wanted} {entry.parent!r}: declare it or correct the code"
    yield from _circles(organisation)


def _circles(organisation: Organisation) -> Iterator[Problem]:
    """A unit above itself would be asked for ever."""
    parents = {(kind, entry.code): entry.parent for kind, _, entry in organisation.entries()}
    for kind, index, entry in organisation.entries():
        way, code = [entry.code], entry.parent
        while code is not None and code not in way and (kind, code) in parents:
            way.append(code)
            code = parents[kind, code]
        if code == entry.code:
            steps = " → ".join(lower for lower, _ in pairwise([*way, code]))
            yield (f"{kind.value}s", index, "parent"), f"goes round in a circle ({steps} → {code}): one has no parent"
