"""`intake lag`: how far each stage and each department's consumers are behind, in records and in time."""

from datetime import UTC, datetime

import typer
from sqlalchemy.exc import SQLAlchemyError

from deploy.cli.database import database
from deploy.cli.exits import FINDING
from deploy.cli.guard import run
from deploy.cli.language import InLanguage, Language, wording
from deploy.cli.output import AsJson, put_json, put_table, say
from deploy.settings import load_settings
from operations import figures
from operations.lag.once import Seen, measure
from operations.lag.rows import STATE_WORDS
from operations.lag.who import owners_of, readers_of
from operations.reading import require_kafka
from operations.saying import Said
from operations.stages import open_stops
from operations.stopping import why_stopped
from operations.wording import Wording
from schemas.commands import LagReport, LagRow
from schemas.errors import Unreachable
from schemas.settings import Settings

_HEADINGS = (
    ("", "名称", "状态", "等待", "最久", "近一分钟", "每秒处理", "成员/分区", "负责", "主题", "消费组", "原因"),
    ("", "name", "state", "waiting", "oldest", "1 min", "out/s", "members", "owner", "topic", "group", "why"),
)
_KINDS = {"stage": ("环节", "stage"), "department": ("部门", "department")}


def lag(lang: InLanguage = Language.ZH, as_json: AsJson = False) -> None:
    """Print lag per stage and department, in records and time.

    Transaction markers do not count, so a stage that has read everything shows 0. Exit 1 when a stage is not OK, or
    a department's consumers stand still. A department that nobody reads yet is shown and is no finding.
    """
    settings = load_settings()
    told = wording(settings, lang)
    seen = run(_seen(settings, told))
    if as_json:
        put_json(LagReport(at=datetime.now(UTC), rows=tuple(one.row for one in seen)))
    else:
        put_table(told.pick(*_HEADINGS), (_cells(one, told) for one in seen))
    if any(_is_finding(one.row) for one in seen):
        raise typer.Exit(FINDING)


async def _seen(settings: Settings, told: Wording) -> list[Seen]:
    require_kafka(settings.kafka)
    return await measure(settings.kafka, readers_of(settings), await _stops(settings, told), owners_of(settings))


async def _stops(settings: Settings, told: Wording) -> dict[str, Said]:
    """Return why stages stopped; lag is worth showing while the database is away too."""
    try:
        async with database(settings) as engine:
            found = await open_stops(engine)
            return {group: why_stopped(row.reason, row.failed, row.seen) for group, row in found.items()}
    except (Unreachable, SQLAlchemyError):
        say(
            told.pick(
                "PostgreSQL 未响应：哪些环节停下不可知",
                "PostgreSQL does not answer: whether a stage stopped is not known",
            )
        )
        return {}


def _is_finding(row: LagRow) -> bool:
    nobody_yet = row.kind == "department" and row.state in {"NO CONSUMER", "NEVER COMMITTED"}
    return row.state != "OK" and not nobody_yet


def _cells(seen: Seen, told: Wording) -> tuple[str, ...]:
    row = seen.row
    return (
        told.pick(*_KINDS[row.kind]),
        row.name,
        _state(row, told),
        _waiting(row, told),
        figures.age(row.oldest_waiting_s, told.lang),
        f"+{row.came_last_minute}",
        figures.rate(row.out_per_s, told.lang),
        f"{row.members}/{row.partitions}",
        row.owner or figures.UNKNOWN,
        row.topic,
        row.group or figures.UNKNOWN,
        seen.why.in_language(told.lang),
    )


def _state(row: LagRow, told: Wording) -> str:
    return told.pick(row.state if row.state == "OK" else f"{STATE_WORDS[row.state]} {row.state}", row.state)


def _waiting(row: LagRow, told: Wording) -> str:
    deleted = told.pick(f"（另有 {row.deleted} 件已过保存期）", f" ({row.deleted} deleted)") if row.deleted else ""
    return figures.count(row.waiting, exact=row.exact) + deleted
