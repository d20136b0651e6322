"""A YAML file of rules whose every value still knows its file and line."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from schemas.errors import SettingsInvalid
from schemas.policy.pruning import mended

Location = Sequence[str | int]
IDENTITIES = ("rule_id", "code", "number", "what", "by")
"""Keys by which an entry of a list is known, the first that is there."""
MISSING = "missing: add this key"
_TEXT = ("language", "variant", "channel")
_NOTICE = ("language", "occasion", "channel")
_MOST_UNSOUND = 50


class PolicyInvalid(SettingsInvalid):
    """A policy pack or organisation file cannot be used: each problem with its line and what to do."""


class PolicyUnreadable(PolicyInvalid):
    """There is no such file, or it cannot be opened: the call is wrong, not what the file says."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong, where, and what to do about it. `name` is the way to it within the file, by ids."""

    file: str
    line: int
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.name}: {self.text}"


def refused(problems: Iterable[Problem]) -> PolicyInvalid:
    """All problems as one error, one a line, in the order of the files. A key is missing at one place once."""
    found = set(problems)
    said = {(one.file, one.line, one.name) for one in found if one.text != MISSING}
    kept = (one for one in found if one.text != MISSING or (one.file, one.line, one.name) not in said)
    return PolicyInvalid("\n".join(map(str, sorted(kept))))


class _Named(StringIO):
    """A text that YAML knows the file of."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.name = name


_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it: eight times as fast."""


class _Constructor(yaml.constructor.SafeConstructor):
    """SafeConstructor that says where a key is written twice (the second would silently win) or cannot be one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Build one mapping; raises `ConstructorError` at the place of a repeated key."""
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.constructor.ConstructorError(
                    None, None, "a list or mapping cannot be a key: write a plain word", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key!r} is here twice: remove one", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Build one value; raises `ConstructorError` at its place when it only looks like a date or a number."""
        try:
            return super().construct_object(node, deep)
        except ValueError as error:
            raise yaml.constructor.ConstructorError(
                None, None, f"{node.value!r}: {error}; quote it if it is a text", node.start_mark
            ) from error


def read(path: Path, setting: str, wanted: str, problems: list[Problem]) -> yaml.MappingNode:
    """Read a file; its values are sound YAML afterwards. `setting` and `wanted` tell what to do if they are not.

    A value that is no sound YAML is added to `problems` and left out; what cannot be read at all raises `PolicyInvalid`
    with those found so far.
    """
    try:
        source = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused([*problems, Problem(str(path), 1, "not UTF-8", "save it as UTF-8")]) from error
    except OSError as error:
        raise unreadable(path, error, setting) from error
    try:
        root = yaml.compose(_Named(source, str(path)), Loader=_PARSER)
    except yaml.MarkedYAMLError as error:
        raise refused([*problems, _not_yaml(path, error)]) from error
    except yaml.YAMLError as error:
        raise refused([*problems, Problem(str(path), 1, "not valid YAML", str(error))]) from error
    sound = root and _sound(path, root, problems)
    if not isinstance(sound, yaml.MappingNode):
        raise refused([*problems, Problem(str(path), 1, "not a mapping", wanted)])
    return sound


def _sound(path: Path, root: yaml.Node, problems: list[Problem]) -> yaml.Node:
    """The document without keys that are there twice and values that only look like a date or a number."""
    for _ in range(_MOST_UNSOUND):
        try:
            content(root)
        except yaml.MarkedYAMLError as error:
            problems.append(_not_yaml(path, error))
            mark = error.problem_mark or error.context_mark
            if mark is None:
                break
            root = mended(root, mark)
        else:
            return root
    raise refused(problems)


def _not_yaml(path: Path, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    return Problem(str(path), mark.line + 1 if mark else 1, "not valid YAML", str(error.problem))


def unreadable(path: Path, error: OSError, setting: str) -> PolicyUnreadable:
    """The error for a file that cannot be opened; `setting` is what names such a file to the running system."""
    why = "there is no such file" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
    return PolicyUnreadable(f"{path}: {why}; name a file that is there (for the running system: {setting})")


def content(root: yaml.Node) -> Any:
    """The plain values of a document."""
    return _Constructor().construct_document(root)


def problem_at(root: yaml.Node, location: Location, text: str) -> Problem:
    """A problem at the deepest node on the way to the location; for an unknown key the key's own line."""
    mark, node, names = root.start_mark, root, []
    for part in location:
        step = next(_children(node, part), None)
        names.append(str(part))
        if step is None:
            continue
        mark, node = step
        if isinstance(part, int):
            names[-1] = identity(node) or names[-1]
    return Problem(mark.name, mark.line + 1, ".".join(names) or "pack", text)


class Step(NamedTuple):
    """One step into a document: the key or place that was taken, and what lies there."""

    part: str | int
    value: yaml.Node


def way(root: yaml.Node, location: Location) -> list[Step]:
    """The steps from the document itself to the deepest value on the way to the location."""
    steps = [Step("", root)]
    for part in location:
        found = next(_children(steps[-1].value, part), None)
        if found is not None:
            steps.append(Step(part, found[1]))
    return steps


def identity(node: yaml.Node) -> str | None:
    """What an entry of a list is called: its rule id, its code; None for one without a name of its own."""
    if not isinstance(node, yaml.MappingNode):
        return None
    named = {key.value: value.value for key, value in node.value if isinstance(value, yaml.ScalarNode)}
    if {"language", "variant"} <= set(named):
        return "/".join(named[key] for key in _TEXT if key in named)
    if {"language", "occasion"} <= set(named):
        return "/".join(named[key] for key in _NOTICE if key in named)
    return next((named[key] for key in IDENTITIES if key in named), None)


def _children(node: yaml.Node | None, part: str | int) -> Iterator[tuple[yaml.Mark, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                yield key.start_mark, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        yield node.value[part].start_mark, node.value[part]


def remedy(found: ErrorDetails, model: type[BaseModel]) -> str:
    """What pydantic found, as what to do about it. `model` is that of the whole file."""
    if found["type"] == "extra_forbidden":
        key = str(found["loc"][-1])
        close = get_close_matches(key, _all_keys(model), n=1)
        return f"unknown key{f', did you mean {close[0]!r}?' if close else ': remove it'}"
    if found["type"] == "missing":
        return MISSING
    given = "" if isinstance(found["input"], dict | list) else f" (given: {str(found['input'])[:60]!r})"
    return found["msg"].removeprefix("Value error, ") + given


def _all_keys(model: type[BaseModel]) -> list[str]:
    """Every key that some part of a file knows, for suggestions."""
    keys: set[str] = set()
    pending, seen = [model], {model}
    while pending:
        for name, field in pending.pop().model_fields.items():
            keys.add(name)
            for inner in models_in(field.annotation):
                if inner not in seen:
                    seen.add(inner)
                    pending.append(inner)
    return sorted(keys)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a field's type holds, however deep."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from models_in(argument)
