"""`intake stages` and `intake resume`: what works, and letting a stage go on that stopped for a person."""

from collections.abc import Mapping
from typing import Any

import typer
from sqlalchemy import Row

from deploy.cli.database import database
from deploy.cli.exits import FINDING
from deploy.cli.folding import By, Why, operator
from deploy.cli.guard import run
from deploy.cli.language import InLanguage, Language, wording
from deploy.cli.output import AsJson, put, put_json, put_table, say
from deploy.settings import load_settings
from deploy.working import chosen
from operations.meanings import meanings
from operations.saying import Said
from operations.stages import open_stops, topics_read
from operations.stopping import why_stopped
from operations.wording import Wording
from schemas.commands import StageLine, StagesReport
from schemas.settings import Settings
from workers.runtime import stops
from workers.webhooks import WEBHOOK_GROUP

Stopped = Mapping[str, Row[Any]]
"""Consumer group → its open stop."""


def stages(lang: InLanguage = Language.ZH, as_json: AsJson = False) -> None:
    """List all stages; which stopped, and why.

    Exit 1 when one waits for a person's decision.
    """
    settings = load_settings()
    told = wording(settings, lang)
    stopped = run(_stopped(settings)) if settings.database.url else None
    if stopped is None:
        say(
            told.pick(
                "PostgreSQL 未运行：哪些环节停下不可知", "PostgreSQL does not run: whether a stage stopped is not known"
            )
        )
    known = meanings(settings, told.pack)
    lines = _lines(settings, known, stopped or {})
    if as_json:
        put_json(StagesReport(stages=lines))
    else:
        headings = told.pick(("环节", "状态", "读取", "作用"), ("stage", "state", "reads", "what it does"))
        group = settings.kafka.naming.group
        state = {name: _state(stopped.get(group(name)), told) if stopped is not None else "?" for name in known}
        put_table(
            headings,
            (
                (line.name, state[line.name], ", ".join(line.reads), known[line.name].in_language(told.lang))
                for line in lines
            ),
        )
    if any(line.reason for line in lines):
        raise typer.Exit(FINDING)


def resume(stage: str, reason: Why, by: By = None, lang: InLanguage = Language.ZH) -> None:
    """Let a stopped stage go on, with a reason on record."""
    settings = load_settings()
    told = wording(settings, lang)
    name = stage if stage.startswith(WEBHOOK_GROUP) else chosen([stage])[0]
    if run(_resume(settings, name, operator(by), reason)):
        put(
            told.pick(
                f"{name} 将继续运行；停下之前失败的记录若再次失败，将进入死信",
                f"{name} goes on; records that fail again up to where it stopped become dead letters",
            )
        )
        return
    put(told.pick(f"{name} 没有停止", f"{name} is not stopped"))
    raise typer.Exit(FINDING)


async def _stopped(settings: Settings) -> Stopped:
    async with database(settings) as engine:
        return await open_stops(engine)


async def _resume(settings: Settings, name: str, by: str, why: str) -> bool:
    async with database(settings) as engine:
        return await stops.resume(engine, settings.kafka.naming.group(name), by=by, why=why)


def _lines(settings: Settings, known: Mapping[str, Said], stopped: Stopped) -> tuple[StageLine, ...]:
    reads, naming = topics_read(settings), settings.kafka.naming
    return tuple(
        StageLine(
            name=name,
            meaning=meaning.en,
            reads=tuple(naming.topic(topic) for topic in reads.get(name, ())),
            stopped_at=stopped[naming.group(name)].since if naming.group(name) in stopped else None,
            reason=stopped[naming.group(name)].detail if naming.group(name) in stopped else None,
        )
        for name, meaning in known.items()
    )


def _state(stop: Row[Any] | None, told: Wording) -> str:
    if stop is None:
        return told.pick("可运行", "may run")
    why, since = why_stopped(stop.reason, stop.failed, stop.seen).in_language(told.lang), told.moment(stop.since)
    return told.pick(f"已停止，自 {since}：{why}", f"STOPPED since {since}: {why}")
