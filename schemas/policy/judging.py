"""All that is wrong with a document: what its model refuses, and what the sound rest says of names nobody declares."""

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from schemas.policy.documents import Location, Problem, Step, content, problem_at, remedy, way
from schemas.policy.pruning import without

M = TypeVar("M", bound=BaseModel)

_NAMES = ("name", "version")
"""What a document without them can still be judged by."""
_ROUNDS = 20


def judged(
    root: yaml.MappingNode, model: type[M], check: Callable[[M], Iterable[tuple[Location, str]]]
) -> tuple[M | None, list[Problem]]:
    """Read a document. Returns what it says, None if it cannot be used, and every problem found.

    Where the model refuses a part, the rest is judged without it; what only follows from its absence is not named.
    """
    judge = _Judge(root, model)
    found = judge.sound()
    if found is not None:
        judge.add(check(found))
    return (None if judge.problems else found), judge.problems


class _Judge(Generic[M]):
    """One document and what was taken out of it."""

    def __init__(self, root: yaml.MappingNode, model: type[M]) -> None:
        self._root: yaml.Node = root
        self._model = model
        self._taken: set[tuple[str, int, int, str]] = set()
        self._lost: set[str] = set()
        self._touched: set[str | int] = set()
        self.problems: list[Problem] = []

    def sound(self) -> M | None:
        """What the document says without the parts that are refused; None when too little remains."""
        for _ in range(_ROUNDS):
            try:
                return self._model.model_validate(content(self._root))
            except ValidationError as error:
                if not self._take_out(error.errors()):
                    return None
        return None

    def add(self, found: Iterable[tuple[Location, str]]) -> None:
        """Add what is wrong between the parts, unless it only follows from what was taken out."""
        for location, text in found:
            whole_section = location[0] in self._touched and not any(isinstance(part, int) for part in location)
            if not whole_section and not any(repr(name) in text for name in self._lost):
                self.problems.append(problem_at(self._root, location, text))

    def _take_out(self, errors: list[ErrorDetails]) -> bool:
        """Note each error and leave out what it is about. False when the rest says nothing any more."""
        enough, gone = True, set[int]()
        names: list[str] = []
        for error in errors:
            steps = way(self._root, error["loc"])
            missing = error["type"] == "missing"
            key = str(error["loc"][-1]) if error["loc"] else ""
            if not (missing and (*_place(steps[-1].value), key) in self._taken):
                self.problems.append(problem_at(self._root, error["loc"], remedy(error, self._model)))
            if len(steps) > 1:
                self._touched.add(error["loc"][0])
                self._forget(steps)
                gone.add(id(steps[-1].value))
            elif missing and key in _NAMES:
                names.append(key)
            else:
                enough = False
        self._root = _named(without(self._root, gone), names)
        return enough

    def _forget(self, steps: list[Step]) -> None:
        """Note what the last step leads to: where it was, and what it may have declared."""
        above, (part, value) = steps[-2].value, steps[-1]
        self._taken.add((*_place(above), str(part)))
        self._lost.update(_names_in(value))
        if isinstance(part, str):
            self._lost.add(part)


def _place(node: yaml.Node) -> tuple[str, int, int]:
    return node.start_mark.name, node.start_mark.line, node.start_mark.column


def _names_in(node: yaml.Node) -> Iterator[str]:
    """What a part may declare: its own plain values, or those of the entries of a list."""
    if isinstance(node, yaml.ScalarNode):
        yield node.value
    elif isinstance(node, yaml.MappingNode):
        yield from (value.value for _, value in node.value if isinstance(value, yaml.ScalarNode))
    elif isinstance(node, yaml.SequenceNode):
        for entry in node.value:
            yield from _names_in(entry) if not isinstance(entry, yaml.SequenceNode) else ()


def _named(root: yaml.Node, names: list[str]) -> yaml.Node:
    """The document with a name where it has none."""
    given = [
        (_scalar(root, name), _scalar(root, "unnamed")) for name in names if all(k.value != name for k, _ in root.value)
    ]
    return yaml.MappingNode(root.tag, [*root.value, *given], root.start_mark, root.end_mark)


def _scalar(root: yaml.Node, value: str) -> yaml.ScalarNode:
    return yaml.ScalarNode("tag:yaml.org,2002:str", value, root.start_mark, root.end_mark)
