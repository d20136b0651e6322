"""What the commands on suspended items and dead letters ask for alike: which ones, who decides, what became of them."""

import getpass
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, TypeVar

import typer

from deploy.cli.output import put, put_json, put_table
from schemas.base import Record
from schemas.commands import Resolution, ResolutionReport
from schemas.errors import InvalidRequest
from schemas.identity import read_tracking_number

R = TypeVar("R", bound=Record)

Ids = Annotated[list[str], typer.Argument(help="Ids or their first characters (at least 4), or tracking numbers")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
Why = Annotated[str, typer.Option("--reason", help="Kept with the record; write nothing personal.")]
By = Annotated[str | None, typer.Option("--by", help="Who decides; default: the user of the system.")]

_MIN_ID_CHARS = 4


def operator(by: str | None) -> str:
    """Return who is recorded as having decided."""
    if by:
        return by
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"


def choose(asked: Sequence[str], records: Iterable[R], names_of: Callable[[R], tuple[str, ...]]) -> list[R]:
    """Return the records meant by ids, beginnings of ids or tracking numbers.

    Raises InvalidRequest for one that fits none or several.
    """
    everything, chosen = list(records), []
    for one in asked:
        number = read_tracking_number(one)
        fits = [record for record in everything if _fits(one.lower(), number, names_of(record))]
        if len(fits) != 1:
            what = "nothing has the id" if not fits else f"{len(fits)} records begin with"
            raise InvalidRequest(f"{what} {one}; `list` shows all")
        chosen.append(fits[0])
    return chosen


def _fits(asked: str, number: str | None, names: tuple[str, ...]) -> bool:
    whole = asked in {name.lower() for name in names} or (number is not None and number in names)
    return whole or (len(asked) >= _MIN_ID_CHARS and names[0].startswith(asked))


def report(results: Sequence[Resolution], dry_run: bool, by: str, as_json: bool) -> None:
    """Print what was done, or would be."""
    if as_json:
        put_json(ResolutionReport(dry_run=dry_run, by=by, results=tuple(results)))
    elif not results:
        put("nothing to do")
    else:
        put_table(("id", "action", "done", "detail"), (_row(one) for one in results))


def _row(one: Resolution) -> tuple[str, str, str, str]:
    return str(one.id), one.action, "yes" if one.done else "no", one.detail
