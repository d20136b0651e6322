"""One pack on top of another: what it names changes, everything else stays as in the pack below.

Works on YAML nodes, so that every value still knows the file and line it came from.
"""

from collections.abc import Iterator
from difflib import get_close_matches

import yaml

from schemas.policy.documents import Problem, identity

FIRST_MATCH = frozenset({"routing", "escalation", "clocks", "accused"})
"""Sections whose first rule that holds decides: a new rule goes before those of the pack below."""
_LENGTHS = frozenset({"minutes", "hours", "days", "weeks", "months", "working_hours", "working_days", "written"})
_CONTROL = frozenset({"add_terms", "remove_terms", "before"})
_PACK_KEYS = frozenset({"name", "version"})


class Extension:
    """Lays the upper document over the lower one. `problems` says what could not be done."""

    def __init__(self, lower: yaml.MappingNode, upper: yaml.MappingNode) -> None:
        self._lower = lower
        self._upper = upper
        self.problems: list[Problem] = []

    def merged(self) -> yaml.MappingNode:
        """Both as one document."""
        for key in sorted(_PACK_KEYS - set(_named(self._upper))):
            self._wrong(self._upper, key, f"missing: a pack that extends another has a {key} of its own")
        self._remove()
        pairs = {key.value: (key, value) for key, value in self._lower.value if key.value not in _PACK_KEYS}
        for key, value in self._upper.value:
            if key.value in {"extends", "remove"}:
                continue
            below = pairs.get(key.value)
            pairs[key.value] = (key, value if below is None else self._value(key.value, below[1], value))
        return _mapping(self._upper, list(pairs.values()))

    def _wrong(self, node: yaml.Node, name: str, text: str) -> None:
        self.problems.append(Problem(node.start_mark.name, node.start_mark.line + 1, name, text))

    def _value(self, name: str, lower: yaml.Node, upper: yaml.Node) -> yaml.Node:
        if isinstance(upper, yaml.MappingNode) and isinstance(lower, yaml.SequenceNode):
            return self._terms(name, lower, upper)
        if isinstance(upper, yaml.MappingNode) and isinstance(lower, yaml.MappingNode):
            return upper if _is_length(upper) else self._mapping(name, lower, upper)
        lists = isinstance(upper, yaml.SequenceNode) and isinstance(lower, yaml.SequenceNode)
        return self._rules(name, lower, upper) if lists and _has_names(lower) and _has_names(upper) else upper

    def _mapping(self, name: str, lower: yaml.MappingNode, upper: yaml.MappingNode) -> yaml.MappingNode:
        pairs = {key.value: (key, value) for key, value in lower.value}
        for key, value in upper.value:
            below = pairs.get(key.value)
            merged = value if below is None else self._value(f"{name}.{key.value}", below[1], value)
            pairs[key.value] = (key, merged)
        return _mapping(upper, list(pairs.values()))

    def _rules(self, section: str, lower: yaml.Node, upper: yaml.Node) -> yaml.SequenceNode:
        """Entries known by their ids: a key that is given replaces, new entries join, `before` says where."""
        kept: dict[str, yaml.Node] = {str(identity(entry)): entry for entry in lower.value}
        new: list[yaml.Node] = []
        for entry in upper.value:
            entry_id = str(identity(entry))
            place = f"{section}.{entry_id}"
            made = self._entry(place, kept.get(entry_id), entry)
            before = _named(entry).get("before")
            if before is not None:
                kept = self._placed(place, kept, made, before)
            elif entry_id in kept:
                kept[entry_id] = made
            else:
                new.append(made)
        entries = [*new, *kept.values()] if section in FIRST_MATCH else [*kept.values(), *new]
        return yaml.SequenceNode(upper.tag, entries, upper.start_mark, upper.end_mark)

    def _placed(
        self, place: str, kept: dict[str, yaml.Node], made: yaml.Node, before: yaml.Node
    ) -> dict[str, yaml.Node]:
        made_id, anchor = str(identity(made)), str(before.value)
        others = [(name, node) for name, node in kept.items() if name != made_id]
        if anchor not in dict(others):
            self._wrong(before, f"{place}.before", _nothing_like(anchor, kept))
            return kept | {made_id: made}
        index = [name for name, _ in others].index(anchor)
        return dict([*others[:index], (made_id, made), *others[index:]])

    def _entry(self, place: str, lower: yaml.Node | None, upper: yaml.MappingNode) -> yaml.MappingNode:
        given = _named(upper)
        pairs = {key.value: (key, value) for key, value in lower.value} if isinstance(lower, yaml.MappingNode) else {}
        pairs |= {key.value: (key, value) for key, value in upper.value if key.value not in _CONTROL}
        terms = pairs.get("terms")
        for control in ("add_terms", "remove_terms"):
            if control not in given:
                continue
            if lower is None or terms is None:
                self._wrong(given[control], f"{place}.{control}", "there are no terms below to change: write terms")
                return _mapping(upper, list(pairs.values()))
            terms = (terms[0], self._changed_terms(f"{place}.{control}", terms[1], given[control], control))
            pairs["terms"] = terms
        return _mapping(upper, list(pairs.values()))

    def _terms(self, name: str, lower: yaml.SequenceNode, upper: yaml.MappingNode) -> yaml.Node:
        """A plain list of words that the upper pack changes by `{add_terms: […], remove_terms: […]}`."""
        result: yaml.Node = lower
        for key, value in upper.value:
            if key.value not in {"add_terms", "remove_terms"}:
                self._wrong(key, name, f"{key.value!r} in a list: write the list, or add_terms and remove_terms")
                return lower
            result = self._changed_terms(f"{name}.{key.value}", result, value, key.value)
        return result

    def _changed_terms(self, place: str, terms: yaml.Node, change: yaml.Node, control: str) -> yaml.Node:
        if isinstance(terms, yaml.MappingNode) and isinstance(change, yaml.SequenceNode) and control == "remove_terms":
            return self._removed_anywhere(place, terms, change)
        if isinstance(terms, yaml.MappingNode) and isinstance(change, yaml.MappingNode):
            changes = _named(change)
            for name in set(changes) - set(_named(terms)):
                self._wrong(changes[name], f"{place}.{name}", _nothing_like(name, _named(terms)))
            pairs = [
                (key, self._changed_terms(f"{place}.{key.value}", value, changes[key.value], control))
                if key.value in changes
                else (key, value)
                for key, value in terms.value
            ]
            return _mapping(terms, pairs)
        if not isinstance(terms, yaml.SequenceNode) or not isinstance(change, yaml.SequenceNode):
            groups = list(_named(terms)) if isinstance(terms, yaml.MappingNode) else []
            remedy = f"write it by group, one of {groups}" if groups else "write a list of words"
            self._wrong(change, place, remedy)
            return terms
        if control == "add_terms":
            there = {one.value for one in terms.value}
            return _sequence(terms, [*terms.value, *(one for one in change.value if one.value not in there)])
        return self._removed(place, terms, change)

    def _removed(self, place: str, terms: yaml.SequenceNode, change: yaml.SequenceNode) -> yaml.SequenceNode:
        there = {one.value for one in terms.value}
        for one in change.value:
            if one.value not in there:
                self._wrong(one, place, _nothing_like(str(one.value), there))
        gone = {one.value for one in change.value}
        return _sequence(terms, [one for one in terms.value if one.value not in gone])

    def _removed_anywhere(self, place: str, terms: yaml.MappingNode, change: yaml.SequenceNode) -> yaml.MappingNode:
        groups = [(key, value) for key, value in terms.value if isinstance(value, yaml.SequenceNode)]
        there = {one.value for _, group in groups for one in group.value}
        for one in change.value:
            if one.value not in there:
                self._wrong(one, place, _nothing_like(str(one.value), there))
        gone = {one.value for one in change.value}
        return _mapping(
            terms, [(key, _sequence(group, [w for w in group.value if w.value not in gone])) for key, group in groups]
        )

    def _remove(self) -> None:
        """Take out of the lower document what the upper one lists under `remove`, section by section."""
        removal = _named(self._upper).get("remove")
        if removal is None:
            return
        if not isinstance(removal, yaml.MappingNode):
            self._wrong(removal, "remove", "write the section and its ids, like routing: [route.price]")
            return
        sections = _named(self._lower)
        for key, listed in removal.value:
            section = sections.get(key.value)
            if section is None:
                self._wrong(key, f"remove.{key.value}", _nothing_like(key.value, sections))
            elif not isinstance(listed, yaml.SequenceNode):
                self._wrong(listed, f"remove.{key.value}", "write a list of ids")
            else:
                self._remove_from(key.value, section, listed)

    def _remove_from(self, name: str, section: yaml.Node, listed: yaml.SequenceNode) -> None:
        there = [entry_id for entry_id, _ in _entries(section)]
        for one in listed.value:
            if one.value not in there:
                self._wrong(one, f"remove.{name}", _nothing_like(str(one.value), there))
        gone = {one.value for one in listed.value}
        section.value = [entry for entry_id, entry in _entries(section) if entry_id not in gone]


def _entries(section: yaml.Node) -> Iterator[tuple[str, object]]:
    """The parts of a section that can be removed, by name: rules, keys, plain words."""
    if isinstance(section, yaml.MappingNode):
        yield from ((key.value, (key, value)) for key, value in section.value)
    elif isinstance(section, yaml.SequenceNode):
        yield from ((identity(entry) or str(entry.value), entry) for entry in section.value)


def _named(node: yaml.MappingNode) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value}


def _has_names(node: yaml.Node) -> bool:
    return bool(node.value) and all(identity(entry) is not None for entry in node.value)


def _is_length(node: yaml.MappingNode) -> bool:
    """A length of time is one value: days in place of hours, not days and hours."""
    return bool(node.value) and all(key.value in _LENGTHS for key, _ in node.value)


def _nothing_like(name: str, there: object) -> str:
    known = [str(one) for one in there] if isinstance(there, list | set | dict) else []
    close = get_close_matches(name, known, n=1)
    near = f", did you mean {close[0]!r}?" if close else f": known here are {sorted(known)[:12]}"
    return f"{name!r} is not in the pack below{near}"


def _mapping(like: yaml.Node, pairs: list[tuple[yaml.Node, yaml.Node]]) -> yaml.MappingNode:
    return yaml.MappingNode("tag:yaml.org,2002:map", pairs, like.start_mark, like.end_mark)


def _sequence(like: yaml.Node, entries: list[yaml.Node]) -> yaml.SequenceNode:
    return yaml.SequenceNode("tag:yaml.org,2002:seq", entries, like.start_mark, like.end_mark)
