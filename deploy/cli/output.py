"""What the commands print: data on stdout, everything for the eye on stderr."""

import sys
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from infra.visible import visible

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON of a stable shape (schemas/json/commands).")]

_err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(line: str) -> None:
    """Tell a person something that is not data."""
    _err.print(visible(line), markup=False)


def put(line: str) -> None:
    """Print one line of data and hand it over at once, so that a reader of a pipe need not wait."""
    sys.stdout.write(visible(line) + "\n")
    sys.stdout.flush()


def put_json(model: BaseModel) -> None:
    """Print a model as one line of JSON."""
    put(model.model_dump_json())


def put_table(headings: Sequence[str], rows: Iterable[Sequence[str]], caption: str | None = None) -> None:
    """Print rows for the eye; as wide as the terminal, or unbroken lines when stdout is no terminal."""
    table = Table(*headings, box=None, pad_edge=False, header_style="bold", caption=caption, caption_justify="left")
    for row in rows:
        table.add_row(*(visible(cell) for cell in row))
    console = Console(highlight=False, markup=False)
    if console.is_terminal:
        console.print(table)
        return
    wide = Console(highlight=False, markup=False, width=10_000)
    with wide.capture() as printed:
        wide.print(table)
    put("\n".join(line.rstrip() for line in printed.get().splitlines()))
