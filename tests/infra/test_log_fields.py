"""What a log line is given is what it shows: no field is written only to be dropped."""

import ast
from collections.abc import Iterator
from pathlib import Path

from infra.logs import ALLOWED

ROOT = Path(__file__).parents[2]
_LEVELS = {"debug", "info", "warning", "error", "exception"}
_KEPT = ALLOWED | {"exc_info"}


def dropped(file: Path) -> Iterator[str]:
    """Each field of a log call in the file that no line may have."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=level)) if name.lower().strip("_") == "log":
                if level in _LEVELS:
                    given = (one.arg for one in node.keywords if one.arg is not None)
                    yield from (f"{file.relative_to(ROOT)}:{node.lineno}: {one}" for one in given if one not in _KEPT)


def test_every_field_of_a_log_line_is_one_that_is_kept() -> None:
    files = (
        file
        for part in ("connectors", "deploy", "gateway", "infra", "operations", "workers")
        for file in ROOT.glob(f"{part}/**/*.py")
    )

    assert [one for file in files for one in dropped(file)] == []
