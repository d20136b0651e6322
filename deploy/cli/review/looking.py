"""`intake review list` and `show`."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from deploy.cli.database import database
from deploy.cli.guard import run
from deploy.cli.language import InLanguage, Language, wording
from deploy.cli.output import AsJson, put, put_json, put_table
from deploy.cli.review.application import Number, app, moment, seen_by
from deploy.settings import load_settings
from operations.reading import require_kafka
from operations.review_words import words_of
from operations.reviewing import WAITING, Filters, reviews_of
from operations.wording import Wording
from schemas.review import Label, ReviewState
from schemas.review_lines import ReviewLine, ReviewShown, ReviewsReport
from schemas.settings import Settings

_HEADINGS_ZH = ("受理编号", "状态", "原因", "渠道", "收到时间", "系统判断", "把握", "经办人", "疑点")
_HEADINGS_EN = ("number", "state", "why", "channel", "received", "machine", "p", "owner", "reasons")


@app.command("list")
def list_reviews(
    reason: Annotated[
        str | None, typer.Option(help="Only for this reason, or drawn for it: random, low_confidence …")
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Only of this channel")] = None,
    since: Annotated[str | None, typer.Option(help="Received since then, RFC 3339 with zone")] = None,
    state: Annotated[str | None, typer.Option(help="open, claimed, done, unasked; default: what waits")] = None,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """List what waits for people, the oldest first."""
    if state is not None and state not in set(ReviewState):
        raise typer.BadParameter(f"--state is one of {', '.join(ReviewState)}")
    states = (state,) if state else WAITING
    asked = Filters(states, reason, channel, moment(since, "--since") if since else None)
    settings = load_settings()
    found = run(_listed(settings, asked))
    if as_json:
        put_json(ReviewsReport(at=datetime.now(UTC), reviews=tuple(found)))
        return
    say = wording(settings, lang)
    put_table(
        say.pick(_HEADINGS_ZH, _HEADINGS_EN),
        (_row(one, say) for one in found),
        caption=None if found else say.pick("没有待复核的投诉", "nothing waits for a person"),
    )


@app.command()
def show(
    number: Number,
    full: Annotated[bool, typer.Option("--full", help="Show the text unmasked")] = False,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """Print one complaint, why it is here, what machine and rules say of it and on what grounds.

    Personal data in the text is masked unless --full.
    """
    settings = load_settings()
    say = wording(settings, lang)
    shown = run(_shown(settings, number, full, say))
    if as_json:
        put_json(shown)
    else:
        _tell(shown, say)


async def _listed(settings: Settings, asked: Filters) -> list[ReviewLine]:
    async with database(settings) as engine:
        return await reviews_of(engine, asked)


async def _shown(settings: Settings, number: str, full: bool, say: Wording) -> ReviewShown:
    require_kafka(settings.kafka)
    async with database(settings) as engine:
        review = (await seen_by(settings, engine, number)).line
        words = await words_of(settings, engine, review, say, full=full)
    return ReviewShown(
        review=review,
        masked=not full,
        subject=words.subject,
        text=words.text,
        evidence=words.evidence,
        opinion=words.opinion,
        hint=_hint(review),
    )


def _hint(review: ReviewLine) -> str:
    number = review.tracking_number
    hints = [
        f"intake review confirm {number} --by NAME",
        f"intake review correct {number} --primary … --by NAME --reason …",
    ]
    if "suspected_link" in review.reasons:
        hints.insert(
            0, f"intake relink {number} (--to NUMBER --as duplicate|follow_up|repeat | --own-case) --by NAME --reason …"
        )
    return "; ".join(hints)


def _tell(shown: ReviewShown, say: Wording) -> None:
    for line in _head(shown.review, say):
        put(line)
    words = "：".join(part for part in (shown.subject, shown.text) if part)
    put(f"    「{words or say.pick('原文已超过保存期', 'no longer kept')}」")
    for line in _opinions(shown, say):
        put(line)
    for sentence in shown.evidence:
        put(f"    {sentence}")
    put(say.pick("可执行：", "you may: ") + shown.hint)


def _head(review: ReviewLine, say: Wording) -> Iterator[str]:
    number, complaint, case = review.tracking_number, review.complaint_id, review.case_id
    yield say.pick(
        f"受理编号 {number}   投诉 {complaint}   案件 {case}", f"number {number}   complaint {complaint}   case {case}"
    )
    why = say.called(review.drawn_by) if review.drawn_by else say.pick("系统未要求复核", "nobody has to look")
    at, channel, state = say.moment(review.received_at), say.called(review.channel), say.called(review.state)
    yield say.pick(f"{at}  渠道 {channel}  状态 {state}  原因：{why}", f"{at}  by {channel}  {state}  why: {why}")
    if review.reasons:
        yield say.pick("疑点：", "doubts: ") + say.listed(review.reasons)


def _opinions(shown: ReviewShown, say: Wording) -> Iterator[str]:
    """What the machine, the rules alone, another model and a person say."""
    review = shown.review
    if review.machine is not None:
        p, margin = review.p, review.margin or 0
        sure = (
            say.pick(f"，把握 {p:.0%}，领先 {margin:.0%}", f", p {p:.0%}, ahead by {margin:.0%}")
            if p is not None
            else ""
        )
        by = say.pick(
            f"（规则包 {review.policy}，模型 {review.model or '无'}）",
            f" (pack {review.policy}, model {review.model or 'none'})",
        )
        yield say.pick("系统判断：", "the machine: ") + _said(review.machine, say) + sure + by
    rules = say.category(review.rules_category) if review.rules_category else say.called("no_hit")
    yield say.pick("仅按规则：", "rules alone: ") + rules
    if shown.opinion is not None:
        one = shown.opinion
        told = _said(Label(kind=one.kind, primary=one.primary, secondary=one.secondary, safety=one.safety), say)
        yield say.pick(
            f"参考意见（{one.model}，不影响判断）：{told}；{one.reason}",
            f"second opinion ({one.model}, decides nothing): {told}; {one.reason}",
        )
    if review.label is not None:
        told = _said(review.label, say)
        yield say.pick(f"人工结论（{review.done_by}）：{told}", f"a person ({review.done_by}): {told}")


def _said(label: Label, say: Wording) -> str:
    category, kind = say.category(label.primary), say.called(label.kind)
    others = say.together(map(say.category, label.secondary))
    also = say.pick(f"，另涉及 {others}", f", also {others}") if others else ""
    safety = (
        say.pick("涉及安全", "safety is at stake") if label.safety else say.pick("不涉及安全", "safety is not at stake")
    )
    return say.pick(f"{category}{also}，性质 {kind}，{safety}", f"{category}{also}, kind {kind}, {safety}")


def _row(review: ReviewLine, say: Wording) -> tuple[str, ...]:
    machine = review.machine
    said = f"{say.called(machine.kind)}/{say.category(machine.primary)}" if machine else ""
    return (
        review.tracking_number, say.called(review.state), say.called(review.drawn_by or ""),
        say.called(review.channel), say.moment(review.received_at), said,
        "" if review.p is None else f"{review.p:.2f}", review.owner or "",
        say.pick("、", ", ").join(map(say.called, review.reasons)),
    )  # fmt: skip
