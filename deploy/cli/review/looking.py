"""`intake review list` and `show`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from deploy.assembly import pack_of
from deploy.cli.database import database
from deploy.cli.guard import run
from deploy.cli.language import InLanguage, Language, wording
from deploy.cli.output import AsJson, put, put_json, put_table
from deploy.cli.review.application import Number, app, moment, seen_by
from deploy.evidence import line as evidence_line
from deploy.reading import require_kafka
from deploy.reviewing import WAITING, Filters, classified_records, opinion_on, reviews_of
from deploy.settings import load_settings
from deploy.wording import Wording
from schemas.masking import Known, mask_text
from schemas.policy import PolicyPack
from schemas.records import Classified
from schemas.review import DRAWN_TITLES, REASON_TITLES, Label, ReviewState
from schemas.review_lines import ReviewLine, ReviewShown, ReviewsReport
from schemas.settings import Settings
from workers.route.projection import known_values

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
    as_json: AsJson = False,
) -> None:
    """Print one complaint, why it is here, what machine and rules say of it and on what grounds.

    Personal data in the text is masked unless --full.
    """
    settings = load_settings()
    shown = run(_shown(settings, number, full))
    if as_json:
        put_json(shown)
    else:
        _tell(shown, pack_of(settings))


async def _listed(settings: Settings, asked: Filters) -> list[ReviewLine]:
    async with database(settings) as engine:
        return await reviews_of(engine, asked)


async def _shown(settings: Settings, number: str, full: bool) -> ReviewShown:
    require_kafka(settings.kafka)
    async with database(settings) as engine:
        review = (await seen_by(settings, engine, number)).line
        records = await classified_records(settings, engine, [review.complaint_id])
        opinion = await opinion_on(engine, review.complaint_id)
    record = records[0] if records else None
    known = Known(known_values(record)) if record else Known()
    subject, text = _words(record, known, full)
    say = wording(settings, Language.ZH)
    evidence = record.understanding.evidence if record else ()
    return ReviewShown(
        review=review,
        masked=not full,
        subject=subject,
        text=text,
        evidence=tuple(mask_text(evidence_line(say, one, record.text if record else ""), known) for one in evidence),
        opinion=opinion,
        hint=_hint(review),
    )


def _words(record: Classified | None, known: Known, full: bool) -> tuple[str | None, str | None]:
    if record is None:
        return None, None
    if full:
        return record.subject, record.text
    return mask_text(record.subject, known) if record.subject else None, mask_text(record.text, known)


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


def _tell(shown: ReviewShown, pack: PolicyPack) -> None:
    review = shown.review
    put(f"受理编号 {review.tracking_number}   投诉 {review.complaint_id}   案件 {review.case_id}")
    why = DRAWN_TITLES.get(review.drawn_by or "", "系统未要求复核")
    put(f"{Wording(pack, 'zh').moment(review.received_at)}  渠道 {review.channel}  状态 {review.state}  原因：{why}")
    if review.reasons:
        put(f"疑点：{'、'.join(REASON_TITLES.get(one, one) for one in review.reasons)}")
    put(f"    「{'：'.join(part for part in (shown.subject, shown.text) if part) or '原文已超过保存期'}」")
    if review.machine is not None:
        sure = f"，把握 {review.p:.0%}，领先 {review.margin or 0:.0%}" if review.p is not None else ""
        put(f"系统判断：{_said(review.machine, pack)}{sure}（规则包 {review.policy}，模型 {review.model or '无'}）")
    put(f"仅按规则：{_title(review.rules_category, pack) if review.rules_category else '没有可识别的词'}")
    if shown.opinion is not None:
        one = shown.opinion
        told = Label(kind=one.kind, primary=one.primary, secondary=one.secondary, safety=one.safety)
        put(f"参考意见（{one.model}，不影响判断）：{_said(told, pack)}；{one.reason}")
    if review.label is not None:
        put(f"人工结论（{review.done_by}）：{_said(review.label, pack)}")
    for sentence in shown.evidence:
        put(f"    {sentence}")
    put(f"可执行：{shown.hint}")


def _said(label: Label, pack: PolicyPack) -> str:
    others = f"，另涉及 {'、'.join(_title(code, pack) for code in label.secondary)}" if label.secondary else ""
    return f"{_title(label.primary, pack)}{others}，性质 {label.kind}，{'涉及' if label.safety else '不涉及'}安全"


def _title(code: str, pack: PolicyPack) -> str:
    category = pack.category(code)
    return f"{category.title.zh_hans}（{code}）" if category else code


def _row(review: ReviewLine, say: Wording) -> tuple[str, ...]:
    machine = review.machine
    said = f"{say.called(machine.kind)}/{say.category(machine.primary)}" if machine else ""
    return (
        review.tracking_number, say.called(review.state), say.called(review.drawn_by or ""),
        say.called(review.channel), say.moment(review.received_at), said,
        "" if review.p is None else f"{review.p:.2f}", review.owner or "",
        say.pick("、", ", ").join(map(say.called, review.reasons)),
    )  # fmt: skip
