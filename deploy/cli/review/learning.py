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
from deploy.cli.language import InLanguage, Language, wording
from deploy.cli.output import AsJson, put, put_json, put_table, say
from deploy.cli.review.application import app, moment
from deploy.labelling import labelled
from deploy.settings import load_settings
from operations.assembly import pack_of
from operations.reading import require_kafka
from operations.reviewing import Filters, reviews_of
from operations.wording import Wording
from schemas.policy import PolicyPack
from schemas.review import SETTLED, ReviewState, week_of
from schemas.review_lines import AccuracyLine, DriftReport, ReviewLine, SampleReport
from schemas.settings import Settings
from schemas.tables.review import REVIEW_WEEKS
from workers.review.drawing import draw
from workers.review.drifting import drift
from workers.review.sampler import candidates

_MEASURES = {
    "kind": ("性质", "kind"),
    "category": ("类别", "category"),
    "confidence": ("把握", "confidence"),
    "review": ("需复核的比例", "share for review"),
    "unfamiliar": ("陌生用语", "unfamiliar words"),
    "length": ("字数", "length"),
}
_WEEK = re.compile(r"\d{4}-W\d{2}")


@app.command()
def sample(
    week: Annotated[str | None, typer.Option(help="2026-W47; default: this week")] = None,
    size: Annotated[int | None, typer.Option(min=1, help="Try another size, of a week that is not drawn yet")] = None,
    lang: InLanguage = Language.ZH,
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
    _tell_sample(report, wording(settings, lang))


@app.command()
def export(
    since: Annotated[str | None, typer.Option(help="Received since then, RFC 3339 with zone")] = None,
    lang: InLanguage = Language.ZH,
) -> None:
    """Print what people said of complaints, confirmed ones too, as JSON lines for training. Personal data is masked.

    What retention has removed from the log is left out, and counted on stderr.
    """
    settings = load_settings()
    run(_export(settings, moment(since, "--since") if since else None, wording(settings, lang)))


@app.command("drift")
def show_drift(lang: InLanguage = Language.ZH, as_json: AsJson = False) -> None:
    """Compare the last days of each channel with those before. Exit 1 when something is an alarm.

    Accuracy is that of the random sample: of everything else people look at more of what is wrong.
    """
    settings = load_settings()
    report = run(_drift(settings, pack_of(settings)))
    if as_json:
        put_json(report)
    else:
        _tell_drift(report, wording(settings, lang))
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


async def _export(settings: Settings, since: datetime | None, told: Wording) -> None:
    require_kafka(settings.kafka)
    async with database(settings) as engine:
        asked = Filters(states=(ReviewState.DONE.value,), since=since, outcomes=tuple(SETTLED))
        reviews: dict[UUID, ReviewLine] = {one.complaint_id: one for one in await reviews_of(engine, asked)}
    written = 0
    async for line in labelled(settings, reviews):
        put(json.dumps(line, ensure_ascii=False))
        written += 1
    gone = len(reviews) - written
    say(
        told.pick(
            f"已标注文本 {written} 条；另有 {gone} 条原文已超过保存期或没有文字",
            f"{written} labelled texts; {gone} more are no longer on the log, or hold no word",
        )
    )


async def _drift(settings: Settings, pack: PolicyPack) -> DriftReport:
    async with database(settings) as engine:
        return await drift(engine, pack, datetime.now(UTC))


def _tell_sample(report: SampleReport, told: Wording) -> None:
    parts = told.together(f"{told.called(part)} {n}" for part, n in report.counts.items())
    drawn = told.pick("已抽取", "drawn") if report.drawn else told.pick("尚未抽取", "not drawn yet")
    put(
        told.pick(
            f"{report.week}  {drawn}，共 {report.population} 件：{parts or '没有'}",
            f"{report.week}  {drawn} from {report.population}: {parts or 'nothing'}",
        )
    )
    headings = told.pick(
        ("受理编号", "状态", "抽取原因", "结论", "经办人"), ("number", "state", "part", "outcome", "owner")
    )
    put_table(headings, (_sampled(one, told) for one in report.reviews))


def _sampled(one: ReviewLine, told: Wording) -> tuple[str, ...]:
    state, part, outcome = (told.called(code or "") for code in (one.state, one.part, one.outcome))
    return one.tracking_number, state, part, outcome, one.owner or ""


def _tell_drift(report: DriftReport, told: Wording) -> None:
    last, before = report.window_days, report.reference_days
    put(told.pick(f"最近 {last} 天与此前 {before} 天相比", f"last {last} days against the {before} before"))
    alarm = told.pick("告警", "ALARM")
    put_table(
        told.pick(
            ("渠道", "指标", "件数", "此前件数", "PSI", "均值", "此前均值", ""),
            ("channel", "measure", "n", "n before", "PSI", "mean", "mean before", ""),
        ),
        (
            (told.called(one.channel), _measure(one.measure, told), str(one.n), str(one.n_before), _number(one.psi),
             _number(one.mean), _number(one.mean_before), alarm if one.alarm else "")
            for one in report.measures
        ),
    )  # fmt: skip
    put_table(
        told.pick(("渠道", "件数", "已更正", "比例", ""), ("channel", "complaints", "corrected", "rate", "")),
        ((told.called(one.channel), str(one.n), str(one.corrected), _number(one.rate), alarm if one.alarm else "")
         for one in report.overrides),
    )  # fmt: skip
    for line in report.accuracy:
        channel = told.pick("全部渠道", "all channels") if line.channel == "*" else told.called(line.channel)
        put(told.pick(f"随机抽查，{channel}：", f"random sample, {channel}: ") + _judged(line, told))


def _measure(code: str, told: Wording) -> str:
    return told.pick(*_MEASURES[code]) if code in _MEASURES else code


def _judged(line: AccuracyLine, told: Wording) -> str:
    if line.accuracy is None:
        return told.pick("还没有人看过", "nobody has looked at one yet")
    return told.pick(
        f"{line.n} 件中 {line.right} 件正确，{line.accuracy:.1%}（95% 区间 {line.low:.1%} 至 {line.high:.1%}）",
        f"{line.right} of {line.n} right, {line.accuracy:.1%} (95 %: {line.low:.1%} to {line.high:.1%})",
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
