"""`intake review claim`, `release`, `confirm` and `correct`."""

from typing import Annotated, Literal

import typer

from deploy.cli.database import database
from deploy.cli.exits import FINDING
from deploy.cli.guard import run
from deploy.cli.language import InLanguage, Language, wording
from deploy.cli.output import AsJson, put, put_json
from deploy.cli.review.application import Number, Signed, app, seen_by, signature
from deploy.settings import load_settings
from operations.assembly import pack_of
from operations.reading import require_kafka
from operations.reclassifying import reclassify
from operations.reviewing import perform, refused, review_of
from operations.wording import Wording
from schemas.correction import Reclassified
from schemas.masking import find_personal
from schemas.policy import PolicyPack
from schemas.review import ReviewAct
from schemas.review_lines import ReviewActReport
from schemas.settings import Settings

_NOTHING = "none"


@app.command()
def claim(number: Number, by: Signed, lang: InLanguage = Language.ZH, as_json: AsJson = False) -> None:
    """Take one: nobody else can confirm it. Exit 1 when somebody else has it."""
    _act(number, ReviewAct.CLAIM, by, lang, as_json)


@app.command()
def release(number: Number, by: Signed, lang: InLanguage = Language.ZH, as_json: AsJson = False) -> None:
    """Give one back, one's own or that of somebody who is away."""
    _act(number, ReviewAct.RELEASE, by, lang, as_json)


@app.command()
def confirm(number: Number, by: Signed, lang: InLanguage = Language.ZH, as_json: AsJson = False) -> None:
    """Say that the machine was right, also of one nobody was asked about. Exit 1 when it is decided already."""
    _act(number, ReviewAct.CONFIRM, by, lang, as_json)


@app.command("correct")
def correct_review(
    number: Number,
    by: Signed,
    reason: Annotated[str, typer.Option(help="Kept with it; write nothing personal")],
    kind: Annotated[str | None, typer.Option(help="What it is: complaint, suggestion, inquiry …")] = None,
    primary: Annotated[str | None, typer.Option(help="What it is about")] = None,
    secondary: Annotated[str | None, typer.Option(help="What else, separated by commas; none: nothing else")] = None,
    safety: Annotated[bool | None, typer.Option("--safety/--no-safety", help="Somebody was or may be harmed")] = None,
    dissatisfaction: Annotated[int | None, typer.Option(min=0, max=3, help="0 none … 3 serious")] = None,
    severity: Annotated[int | None, typer.Option(min=1, max=3, help="1 is the worst; also to lower it")] = None,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """Say what it really is, of any complaint; it becomes a new revision and goes the way of all.

    What is not said stays the machine's. A link is decided with `intake relink`.
    """
    if find_personal(reason) or not reason.strip():
        raise typer.BadParameter("--reason must say why, and may name nobody: no number, address or name of a customer")
    settings = load_settings()
    said = Reclassified(
        kind=kind,
        primary=primary,
        secondary=None if secondary is None else _codes(secondary),
        safety=safety,
        dissatisfaction=dissatisfaction,
        severity=_LEVELS.get(severity),
    )
    _check(said, pack_of(settings))
    report = run(_correct(settings, number, said, signature(by), reason.strip()))
    _report(report, wording(settings, lang), as_json)


_LEVELS: dict[int | None, Literal[1, 2, 3]] = {1: 1, 2: 2, 3: 3}


def _codes(text: str) -> tuple[str, ...]:
    codes = [code.strip() for code in text.split(",")]
    return tuple(code for code in codes if code and code != _NOTHING)


def _check(said: Reclassified, pack: PolicyPack) -> None:
    if not said.model_dump(exclude_none=True):
        raise typer.BadParameter(
            "say what it is: --kind, --primary, --secondary, --safety, --dissatisfaction, --severity"
        )
    if said.kind is not None and pack.kind(said.kind) is None:
        raise typer.BadParameter(f"--kind is one of {', '.join(one.code for one in pack.kinds)}")
    for code in (*filter(None, (said.primary,)), *(said.secondary or ())):
        if pack.category(code) is None:
            raise typer.BadParameter(f"{code} is no category: {', '.join(one.code for one in pack.categories)}")


def _act(number: str, act: ReviewAct, by: str, lang: Language, as_json: bool) -> None:
    settings = load_settings()
    report = run(_perform(settings, number, act, signature(by)))
    _report(report, wording(settings, lang), as_json)


async def _perform(settings: Settings, number: str, act: ReviewAct, by: str) -> ReviewActReport:
    require_kafka(settings.kafka)
    action = _ACTIONS[act]
    async with database(settings) as engine:
        seen = await seen_by(settings, engine, number)
        why = refused(seen, act, by)
        if why is not None:
            return ReviewActReport(action=action, by=by, done=False, detail=why, review=seen.line)
        done, detail = await perform(settings.kafka, engine, seen, act, by)
        after = await review_of(engine, seen.line.complaint_id)
    return ReviewActReport(action=action, by=by, done=done, detail=detail, review=after.line)


_ACTIONS: dict[ReviewAct, Literal["claim", "release", "confirm"]] = {
    ReviewAct.CLAIM: "claim",
    ReviewAct.RELEASE: "release",
    ReviewAct.CONFIRM: "confirm",
}


async def _correct(settings: Settings, number: str, said: Reclassified, by: str, reason: str) -> ReviewActReport:
    require_kafka(settings.kafka)
    async with database(settings) as engine:
        review = (await seen_by(settings, engine, number)).line
        return await reclassify(settings, engine, review, said, by, reason)


def _report(report: ReviewActReport, told: Wording, as_json: bool) -> None:
    if as_json:
        put_json(report)
    else:
        put(_acted(report, told))
    if not report.done:
        raise typer.Exit(FINDING)


def _acted(report: ReviewActReport, told: Wording) -> str:
    review, detail = report.review, told.said(report.detail)
    return f"{review.tracking_number}  {told.called(review.state)}  {detail}" if review else detail
