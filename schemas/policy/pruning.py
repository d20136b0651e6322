"""A document without what is wrong in it, so that the rest can still be judged. Works on YAML nodes: lines are kept."""

from collections.abc import Container

import yaml

_PLAIN = {
    yaml.ScalarNode: "tag:yaml.org,2002:str",
    yaml.SequenceNode: "tag:yaml.org,2002:seq",
    yaml.MappingNode: "tag:yaml.org,2002:map",
}


def mended(root: yaml.Node, mark: yaml.Mark) -> yaml.Node:
    """The document with the key at this place left out, or with the value that begins there as plain text or list."""
    return _Copy(frozenset(), (mark.line, mark.column)).of(root)


def without(root: yaml.Node, gone: Container[int]) -> yaml.Node:
    """The document without the values whose `id()` is in `gone`; a mapping loses their keys, too."""
    return _Copy(gone, None).of(root)


class _Copy:
    """One walk through a document. A node that several places share, or that holds itself, is copied once."""

    def __init__(self, gone: Container[int], wrong: tuple[int, int] | None) -> None:
        self._gone = gone
        self._wrong = wrong
        self._made: dict[int, yaml.Node] = {}

    def of(self, node: yaml.Node) -> yaml.Node:
        """The copy of a node and of all below it."""
        if id(node) in self._made:
            return self._made[id(node)]
        copy = type(node)(node.tag, node.value, node.start_mark, node.end_mark)
        self._made[id(node)] = copy
        left_out = False
        if isinstance(node, yaml.MappingNode):
            pairs = [pair for pair in node.value if not self._is_wrong(pair[0]) and id(pair[1]) not in self._gone]
            left_out = len(pairs) < len(node.value)
            copy.value = [(key, self.of(value)) for key, value in pairs]
        elif isinstance(node, yaml.SequenceNode):
            copy.value = [self.of(one) for one in node.value if id(one) not in self._gone]
        if self._is_wrong(node) and not left_out:
            copy.tag = _PLAIN[type(node)]
        return copy

    def _is_wrong(self, node: yaml.Node) -> bool:
        return self._wrong == (node.start_mark.line, node.start_mark.column)
