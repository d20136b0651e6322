"""The declared settings as rows: environment name, default, meaning; what `intake settings` and the README print."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from schemas.settings import Settings

PREFIX = "INTAKE_"
NESTED = "__"
MASK = "********"

_PLACEHOLDERS = {
    "mailboxes": "<account>",
    "webhooks": "<account>",
    "departments": "<department>",
    "secrets": "<key id>",
    "tokens": "<key id>",
    "api_clients": "<client>",
    "api_scopes": "<client>",
}


Path = tuple[str, ...]
"""The way from `Settings` to one setting."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting. `path` leads to it from `Settings`; a placeholder such as ``<account>`` stands for any name."""

    path: Path
    default: str
    meaning: str

    @property
    def name(self) -> str:
        """The environment variable."""
        return variable(self.path)


def variable(path: Path) -> str:
    """Return the name of the environment variable of a setting; placeholders stay as they are."""
    return PREFIX + NESTED.join(part if part.startswith("<") else part.upper() for part in path)


def declared() -> tuple[Declared, ...]:
    """Return every setting in the order of declaration."""
    return tuple(_of_model(Settings, ()))


def current(settings: Settings) -> Iterator[tuple[Declared, str]]:
    """Yield every setting with its present value as it would be written, secrets masked; named entries expanded."""
    by_path = {row.path: row for row in declared()}
    for path, generic, value in _values(settings, (), ()):
        row = by_path[generic]
        yield Declared(path, row.default, row.meaning), shown(value)


def shown(value: object) -> str:
    """Render a value as it would be written into the environment; secrets masked, unset values empty."""
    if value is None or value is PydanticUndefined:
        return ""
    if isinstance(value, SecretStr):
        return MASK
    plain = to_jsonable_python(value)
    if isinstance(plain, bool):
        return str(plain).lower()
    if isinstance(plain, list | dict):
        return json.dumps(plain, ensure_ascii=False) if plain else ""
    return str(plain)


def group_of(annotation: Any) -> type[BaseModel] | None:
    """Return the settings group an annotation stands for, also when it may be unset."""
    for option in _options(annotation):
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option
    return None


def entries_of(annotation: Any) -> Any | None:
    """Return the type of the values when the annotation is a dictionary of named entries, None otherwise."""
    for option in _options(annotation):
        if get_origin(option) is dict and get_args(option)[0] is str:
            return get_args(option)[1]
    return None


def _options(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) in (dict, tuple, None):
        return (annotation,)
    return tuple(option for option in get_args(annotation) if option is not NoneType) or (annotation,)


def _of_model(model: type[BaseModel], path: Path) -> Iterator[Declared]:
    for name, field in model.model_fields.items():
        yield from _of_field(field, (*path, name))


def _of_field(field: FieldInfo, path: Path) -> Iterator[Declared]:
    entry = entries_of(field.annotation)
    inside = group_of(entry if entry is not None else field.annotation)
    placed = (*path, _PLACEHOLDERS.get(path[-1], "<name>")) if entry is not None else path
    if inside is not None:
        yield from _of_model(inside, placed)
    else:
        default = field.get_default(call_default_factory=True, validated_data={})
        yield Declared(placed, shown(default), field.description or "")


def _values(model: BaseModel, path: Path, generic: Path) -> Iterator[tuple[Path, Path, object]]:
    for name, field in type(model).model_fields.items():
        value, here, there = getattr(model, name), (*path, name), (*generic, name)
        if entries_of(field.annotation) is not None and value:
            yield from _entries(value, here, (*there, _PLACEHOLDERS.get(name, "<name>")))
        elif isinstance(value, BaseModel):
            yield from _values(value, here, there)
        elif group_of(field.annotation) is None and entries_of(field.annotation) is None:
            yield here, there, value
        else:
            yield from ((row.path, row.path, None) for row in _of_field(field, there))


def _entries(entries: Mapping[str, object], path: Path, generic: Path) -> Iterator[tuple[Path, Path, object]]:
    for name, value in entries.items():
        if isinstance(value, BaseModel):
            yield from _values(value, (*path, name), generic)
        else:
            yield (*path, name), generic, value
