"""Reads a policy pack from YAML. What is wrong is said with file, line and what to do."""

from collections.abc import Hashable, Iterator, Sequence
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from schemas.errors import SettingsInvalid
from schemas.policy.checking import check
from schemas.policy.pack import PolicyPack

DEFAULT_PACK = Path(__file__).parent.parent / "packs" / "default.yaml"
Location = Sequence[str | int]


class PolicyInvalid(SettingsInvalid):
    """A policy pack cannot be used: each problem with its line and what to do."""


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


def load_pack(path: Path | None = None) -> PolicyPack:
    """Read and check a policy pack; None is the default pack of a retail chain.

    Raises `PolicyInvalid` naming file, line and remedy of every problem found.
    """
    return _default() if path is None else _load(path)


@lru_cache(maxsize=1)
def _default() -> PolicyPack:
    return _load(DEFAULT_PACK)


def _load(path: Path) -> PolicyPack:
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyInvalid(
            f"{path}: cannot be read ({type(error).__name__}); set INTAKE_POLICY to a UTF-8 file"
        ) from error
    try:
        root = yaml.compose(source, Loader=_PARSER)
        content = _Constructor().construct_document(root) if root is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise PolicyInvalid(f"{path}:{line}: not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise PolicyInvalid(f"{path}:1: not valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise PolicyInvalid(f"{path}:1: a policy pack is a mapping with name, version, kinds, categories …")
    try:
        pack = PolicyPack.model_validate(content)
    except ValidationError as error:
        problems = [(found["loc"], _remedy(found)) for found in error.errors()]
    else:
        problems = [(tuple(location), text) for location, text in check(pack)]
        if not problems:
            return pack
    lines = sorted((_line(root, location), _name(location), text) for location, text in problems)
    raise PolicyInvalid("\n".join(f"{path}:{line}: {name}: {text}" for line, name, text in lines))


def _name(location: Location) -> str:
    return ".".join(str(part) for part in location) or "pack"


def _line(root: yaml.Node | None, location: Location) -> int:
    """The line of the deepest node on the way to the location; for an unknown key the key's own line."""
    line, node = 1, root
    for part in location:
        step = next(_children(node, part), None)
        if step is None:
            break
        line, node = step
    return line


def _children(node: yaml.Node | None, part: str | int) -> Iterator[tuple[int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                yield key.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        child = node.value[part]
        yield child.start_mark.line + 1, child


def _remedy(found: ErrorDetails) -> str:
    if found["type"] == "extra_forbidden":
        key = str(found["loc"][-1])
        close = get_close_matches(key, _all_keys(PolicyPack), n=1)
        return f"unknown key{f', did you mean {close[0]!r}?' if close else ': remove it'}"
    if found["type"] == "missing":
        return "missing: add this key"
    given = "" if isinstance(found["input"], dict | list) else f" (given: {str(found['input'])[:60]!r})"
    return found["msg"].removeprefix("Value error, ") + given


def _all_keys(model: type[BaseModel]) -> list[str]:
    """Every key that some part of a pack knows, for suggestions."""
    keys: set[str] = set()
    pending, seen = [model], {model}
    while pending:
        for name, field in pending.pop().model_fields.items():
            keys.add(name)
            for inner in _models_in(field.annotation):
                if inner not in seen:
                    seen.add(inner)
                    pending.append(inner)
    return sorted(keys)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models_in(argument)
