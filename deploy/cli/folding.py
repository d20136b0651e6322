"""What the commands on suspended items and dead letters ask for alike: which ones, who decides, what became of them."""

import getpass
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

import typer

from deploy.cli.exits import FINDING
from deploy.cli.output import put, put_json, put_table
from operations.resolving import in_language
from operations.wording import Wording
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


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done with which items: named ones, and all open ones `of` a kind."""

    action: Literal["replay", "discard"]
    ids: Sequence[str]
    of: str | None
    reason: str
    by: str
    dry_run: bool


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


def report(order: Order, results: Sequence[Resolution], told: Wording, as_json: bool) -> None:
    """Print what was done, or would be. Leaves with exit 1 when something was not done that should be."""
    if as_json:
        put_json(ResolutionReport(dry_run=order.dry_run, by=order.by, results=tuple(results)))
    elif not results:
        put(told.pick("没有可处理的", "nothing to do"))
    else:
        headings = told.pick(("编号", "操作", "完成", "说明"), ("id", "action", "done", "detail"))
        put_table(headings, (_row(one, told) for one in results))
    if any(not one.done for one in results) and not order.dry_run:
        raise typer.Exit(FINDING)


def _row(one: Resolution, told: Wording) -> tuple[str, str, str, str]:
    action = told.pick({"replay": "重新处理", "discard": "放弃"}[one.action], one.action)
    done = told.pick("是", "yes") if one.done else told.pick("否", "no")
    return str(one.id), action, done, in_language(one.detail, told.lang)


def state(code: str, told: Wording) -> str:
    """How an item stands."""
    return told.pick({"open": "待处理", "replayed": "已重新处理", "discarded": "已放弃"}[code], code)
