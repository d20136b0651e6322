"""`intake review sample`, `export` and `drift`: what is learned from people."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.cli.database import database
from deploy.cli.exits import FINDING
from deploy.cli.guard import run
from deploy.cli.output import AsJson, put, put_json, put_table, say
from deploy.cli.review.application import app, moment
from deploy.labelling import labelled
from deploy.settings import load_settings
from operations.assembly import pack_of
from operations.reading import require_kafka
from operations.reviewing import Filters, reviews_of
from schemas.policy import PolicyPack
from schemas.review import DRAWN_TITLES, SETTLED, ReviewState, week_of
from schemas.review_lines import AccuracyLine, DriftReport, ReviewLine, SampleReport
from schemas.settings import Settings
from schemas.tables.review import REVIEW_WEEKS
from workers.review.drawing import draw
from workers.review.drifting import drift
from workers.review.sampler import candidates

_WEEK = re.compile(r"\d{4}-W\d{2}")


@app.command()
def sample(
    week: Annotated[str | None, typer.Option(help="2026-W47; default: this week")] = None,
    size: Annotated[int | None, typer.Option(min=1, help="Try another size, of a week that is not drawn yet")] = None,
    as_json: AsJson = False,
) -> None:
    """Print a week's sample, and how far people have come with it.

    A week is drawn an hour after its end; before that this shows what would be drawn now.
    """
    settings = load_settings()
    report = run(_sample(settings, week, size))
    if as_json:
        put_json(report)
        return
    parts = ", ".join(f"{DRAWN_TITLES.get(part, part)} {n}" for part, n in report.counts.items())
    put(f"{report.week}  {'drawn' if report.drawn else 'not drawn yet'} from {report.population}: {parts or 'nothing'}")
    rows = (
        (one.tracking_number, one.state, one.part or "", one.outcome or "", one.owner or "") for one in report.reviews
    )
    put_table(("number", "state", "part", "outcome", "owner"), rows)


@app.command()
def export(
    since: Annotated[str | None, typer.Option(help="Received since then, RFC 3339 with zone")] = None,
) -> None:
    """Print what people said of complaints, confirmed ones too, as JSON lines for training. Personal data is masked.

    What retention has removed from the log is left out, and counted on stderr.
    """
    run(_export(load_settings(), moment(since, "--since") if since else None))


@app.command("drift")
def show_drift(as_json: AsJson = False) -> None:
    """Compare the last days of each channel with those before. Exit 1 when something is an alarm.

    Accuracy is that of the random sample: of everything else people look at more of what is wrong.
    """
    settings = load_settings()
    report = run(_drift(settings, pack_of(settings)))
    if as_json:
        put_json(report)
    else:
        _tell(report)
    if report.alarms:
        raise typer.Exit(FINDING)


async def _sample(settings: Settings, week: str | None, size: int | None) -> SampleReport:
    pack = pack_of(settings)
    asked = week or week_of(datetime.now(UTC), pack.zone)
    start = _start(asked, pack)
    async with database(settings) as engine:
        async with engine.connect() as connection:
            drawn = (await connection.execute(select(REVIEW_WEEKS).where(REVIEW_WEEKS.c.week == asked))).one_or_none()
            found = [] if drawn else await candidates(connection, start, start + timedelta(days=7))
        every = tuple(ReviewState)
        if drawn:
            lines = await reviews_of(engine, Filters(states=every, week=asked))
            population = int(drawn.population)
        else:
            rules = pack.reviewing.sample
            parts = draw(asked, found, rules if size is None else rules.model_copy(update={"size": size}))
            lines = await _with_parts(engine, parts)
            population = len(found)
    counts = Counter(one.part or "" for one in lines)
    return SampleReport(
        week=asked, drawn=drawn is not None, population=population, counts=dict(counts), reviews=tuple(lines)
    )


async def _with_parts(engine: AsyncEngine, parts: Any) -> list[ReviewLine]:
    lines = await reviews_of(engine, Filters(states=tuple(ReviewState), complaints=tuple(parts)))
    return [one.model_copy(update={"part": parts[one.complaint_id].value}) for one in lines]


def _start(week: str, pack: PolicyPack) -> datetime:
    if not _WEEK.fullmatch(week):
        raise typer.BadParameter(f"{week} is no week: write it as 2026-W47")
    try:
        day = datetime.strptime(f"{week}-1", "%G-W%V-%u")  # noqa: DTZ007 - the zone is that of the pack
    except ValueError as error:
        raise typer.BadParameter(f"there is no week {week}") from error
    return day.replace(tzinfo=pack.zone)


async def _export(settings: Settings, since: datetime | None) -> None:
    require_kafka(settings.kafka)
    async with database(settings) as engine:
        asked = Filters(states=(ReviewState.DONE.value,), since=since, outcomes=tuple(SETTLED))
        reviews: dict[UUID, ReviewLine] = {one.complaint_id: one for one in await reviews_of(engine, asked)}
    written = 0
    async for line in labelled(settings, reviews):
        put(json.dumps(line, ensure_ascii=False))
        written += 1
    say(f"{written} labelled texts; {len(reviews) - written} more are no longer on the log, or hold no word")


async def _drift(settings: Settings, pack: PolicyPack) -> DriftReport:
    async with database(settings) as engine:
        return await drift(engine, pack, datetime.now(UTC))


def _tell(report: DriftReport) -> None:
    put(f"last {report.window_days} days against the {report.reference_days} before")
    put_table(
        ("channel", "measure", "n", "n before", "PSI", "mean", "mean before", ""),
        (
            (one.channel, one.measure, str(one.n), str(one.n_before), _number(one.psi), _number(one.mean),
             _number(one.mean_before), "ALARM" if one.alarm else "")
            for one in report.measures
        ),
    )  # fmt: skip
    put_table(
        ("channel", "complaints", "corrected", "rate", ""),
        ((one.channel, str(one.n), str(one.corrected), _number(one.rate), "ALARM" if one.alarm else "")
         for one in report.overrides),
    )  # fmt: skip
    for line in report.accuracy:
        put(f"random sample, {'all channels' if line.channel == '*' else line.channel}: {_judged(line)}")


def _judged(line: AccuracyLine) -> str:
    if line.accuracy is None:
        return "nobody has looked at one yet"
    return f"{line.right} of {line.n} right, {line.accuracy:.1%} (95 %: {line.low:.1%} to {line.high:.1%})"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
