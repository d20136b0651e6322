"""The published JSON Schemas of the records on topics, as they lie in `schemas/json`."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import schemas

_FOLDER = Path(schemas.__file__).parent / "json"


@cache
def schema_names() -> tuple[str, ...]:
    """Every published record, by the name of its schema."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.json")))


@cache
def schema_text(name: str) -> str | None:
    """The schema of a record; None for a name that is not published."""
    return (_FOLDER / f"{name}.json").read_text(encoding="utf-8") if name in schema_names() else None


def schema_of(name: str) -> dict[str, Any]:
    """The schema of a record as an object. Raises KeyError for a name that is not published."""
    text = schema_text(name)
    if text is None:
        raise KeyError(name)
    found: dict[str, Any] = json.loads(text)
    return found
