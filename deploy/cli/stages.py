"""`intake stages` and `intake resume`: what works, and letting a stage go on that stopped for a person."""

from typing import Any

import typer
from sqlalchemy import Row

from deploy.cli.database import database
from deploy.cli.exits import FINDING
from deploy.cli.folding import By, Why, operator
from deploy.cli.guard import run
from deploy.cli.output import AsJson, put, put_json, put_table, say
from deploy.settings import load_settings
from deploy.working import chosen
from operations.stages import meanings, open_stops, topics_read
from schemas.base import rfc3339
from schemas.commands import StageLine, StagesReport
from schemas.settings import Settings
from workers.runtime import stops
from workers.webhooks import WEBHOOK_GROUP


def stages(as_json: AsJson = False) -> None:
    """List all stages; which stopped, and why.

    Exit 1 when one waits for a person's decision.
    """
    settings = load_settings()
    stopped = run(_stopped(settings)) if settings.database.url else None
    if stopped is None:
        say("PostgreSQL does not run: whether a stage stopped is not known")
    lines = _lines(settings, stopped or {})
    if as_json:
        put_json(StagesReport(stages=lines))
    else:
        put_table(
            ("stage", "state", "reads", "what it does"),
            (
                (line.name, _state(line) if stopped is not None else "?", ", ".join(line.reads), line.meaning)
                for line in lines
            ),
        )
    if any(line.reason for line in lines):
        raise typer.Exit(FINDING)


def resume(stage: str, reason: Why, by: By = None) -> None:
    """Let a stopped stage go on, with a reason on record."""
    name = stage if stage.startswith(WEBHOOK_GROUP) else chosen([stage])[0]
    if run(_resume(load_settings(), name, operator(by), reason)):
        put(f"{name} goes on; records that fail again up to where it stopped become dead letters")
        return
    put(f"{name} is not stopped")
    raise typer.Exit(FINDING)


async def _stopped(settings: Settings) -> dict[str, Row[Any]]:
    async with database(settings) as engine:
        return await open_stops(engine)


async def _resume(settings: Settings, name: str, by: str, why: str) -> bool:
    async with database(settings) as engine:
        return await stops.resume(engine, settings.kafka.naming.group(name), by=by, why=why)


def _lines(settings: Settings, stopped: dict[str, Row[Any]]) -> tuple[StageLine, ...]:
    reads, naming = topics_read(settings), settings.kafka.naming
    return tuple(
        StageLine(
            name=name,
            meaning=meaning,
            reads=tuple(naming.topic(topic) for topic in reads.get(name, ())),
            stopped_at=stopped[naming.group(name)].since if naming.group(name) in stopped else None,
            reason=stopped[naming.group(name)].detail if naming.group(name) in stopped else None,
        )
        for name, meaning in meanings().items()
    )


def _state(line: StageLine) -> str:
    if line.reason is None or line.stopped_at is None:
        return "may run"
    return f"STOPPED since {rfc3339(line.stopped_at)}: {line.reason}"
