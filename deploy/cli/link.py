"""`intake link`: what the deduplicate stage would say about complaints, on a temporary database."""

import sys
from collections.abc import Iterator

import typer
from pydantic import ValidationError

from deploy.cli.exits import FINDING
from deploy.cli.guard import run
from deploy.cli.output import put, say
from deploy.linking import link_lines, migrated, temporary_database
from deploy.settings import load_settings
from operations.assembly import pack_of
from schemas.commands import LinkLine
from schemas.settings import Settings


def link() -> None:
    """Read complaints as JSON lines from stdin, in time order, and print the verdict on each, one JSON line each.

    A line that is no complaint is named on stderr and left out; exit 1 then.
    """
    wrong: list[int] = []
    with temporary_database() as url:
        run(_link(load_settings(), url, wrong))
    if wrong:
        raise typer.Exit(FINDING)


async def _link(settings: Settings, url: str, wrong: list[int]) -> None:
    async with migrated(url) as engine:
        async for linked in link_lines(engine, settings, pack_of(settings), _lines(wrong)):
            put(linked.model_dump_json())


def _lines(wrong: list[int]) -> Iterator[LinkLine]:
    for number, raw in enumerate(sys.stdin.buffer, start=1):
        if not raw.strip():
            continue
        try:
            yield LinkLine.model_validate_json(raw)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            say(f"intake: line {number}: {'.'.join(map(str, first['loc']))}: {first['msg']}")
            wrong.append(number)
