"""The group of commands, and what its commands ask for alike."""

from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from operations.history.finding import subject_of
from operations.reviewing import Seen, review_of
from schemas.settings import Settings

app = typer.Typer(
    name="review",
    help="What people look at, what they said, and whether the machine drifts.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Tracking number as a person types it, or complaint id")]
Signed = Annotated[str, typer.Option("--by", help="Who signs.")]


def signature(by: str) -> str:
    """Who signs; a usage error when nobody does."""
    if not by.strip():
        raise typer.BadParameter("--by must name who signs")
    return by.strip()


def moment(text: str, option: str) -> datetime:
    """Read a time with its zone; a usage error says how to write one."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {text} is no time: write it as 2026-11-22T09:30:00+08:00") from error
    if found.tzinfo is None:
        raise typer.BadParameter(f"{option}: {text} names no time zone: write it as {text}+08:00")
    return found


async def seen_by(settings: Settings, engine: AsyncEngine, number: str) -> Seen:
    """The review of the complaint with this number or id. Raises `InvalidRequest`."""
    return await review_of(engine, await subject_of(settings, engine, number))
