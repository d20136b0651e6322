"""`intake reconcile` put together: what sources offer, the cut, the judgement, and all of it as one report."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from infra.objects import open_store
from operations.assembly import topics_of
from operations.ledger import offered
from operations.ledger.cut import Cut, reach
from operations.ledger.judging import Judgement, Ledger, Named, Share
from operations.ledger.model import Offered, State
from operations.ledger.republished import published_again
from operations.reading import require_kafka
from operations.stages import topics_read
from schemas.commands import (
    CutLine,
    GapLine,
    InFlightLine,
    LedgerFinding,
    OfferedLine,
    ReconcileReport,
    StateLine,
)
from schemas.settings import Settings

NOT_KNOWABLE = "not knowable"


async def reconcile(
    settings: Settings, engine: AsyncEngine, stopped: Mapping[str, str], wait_s: float, at_most: int
) -> ReconcileReport:
    """Judge the whole installation at a cut; wait up to `wait_s` seconds for it to be reached.

    `stopped`: stage → why a person must let it go on. At most `at_most` findings of each kind are named. Raises
    `Unreachable`, and what Kafka and PostgreSQL raise when they are away.
    """
    require_kafka(settings.kafka)
    sources = await offered.ask(settings, engine, datetime.now(UTC))
    topics, stages = topics_of(settings), topics_read(settings)
    cut = await reach(settings.kafka, engine, stages, topics, wait_s)
    judgement = None
    if cut.audited:
        ledger = Ledger(engine, open_store(settings), settings.kafka.naming, topics, stages)
        judgement = await ledger.judge(cut, 2 * settings.ledger.republish_after, list(stopped), at_most)
    archived = all(line.done for line in cut.lines if line.who == "archive")
    report = _report(cut, judgement, await offered.compare(settings, sources, engine, archived=archived))
    count, latest = await published_again(engine, at_most)
    return report.model_copy(update={"published_again_count": count, "published_again": latest})


def _report(cut: Cut, judgement: Judgement | None, offers: tuple[Offered, ...]) -> ReconcileReport:
    lines = tuple(
        CutLine(
            who=line.who,
            topic=line.topic,
            partition=line.partition,
            noted=line.noted,
            passed=line.passed,
            reached=line.done,
        )
        for line in cut.lines
    )
    report = ReconcileReport(
        at=cut.at,
        caught_up=cut.caught_up,
        judged=judgement is not None,
        cut=lines,
        offered=tuple(map(_offered, offers)),
    )
    return report if judgement is None else report.model_copy(update=_judged(judgement, cut.at))


def _judged(judgement: Judgement, at: datetime) -> dict[str, object]:
    return {
        "states": tuple(_state(state, judgement.states.get(state), at) for state in State),
        "in_flight": tuple(
            InFlightLine(waits_for=part, count=share.count, oldest_age_s=_age_s(share, at))
            for part, share in judgement.in_flight.items()
        ),
        "missing": judgement.missing_count,
        "twice": judgement.twice_count,
        "findings": tuple(_findings(judgement)),
        "gaps": tuple(
            GapLine(topic=gap.topic, partition=gap.partition, first=gap.first, last=gap.last, noted_at=gap.noted_at)
            for gap in judgement.gaps
        ),
    }


def _state(state: State, share: Share | None, at: datetime) -> StateLine:
    if share is None:
        return StateLine(state=state.value, count=0)
    return StateLine(state=state.value, count=share.count, oldest_age_s=_age_s(share, at))


def _age_s(share: Share, at: datetime) -> float:
    return round(max(0.0, (at - share.oldest).total_seconds()), 1)


def _findings(judgement: Judgement) -> Iterator[LedgerFinding]:
    yield from (_finding("missing", one) for one in judgement.missing)
    yield from (_finding("twice", one) for one in judgement.twice)


def _finding(kind: str, named: Named) -> LedgerFinding:
    found = named.finding
    return LedgerFinding.model_validate(
        {
            "kind": kind,
            "place": found.place.name,
            "holds": found.place.holds.value,
            "where": found.place.where,
            "complaint_id": found.subject,
            "revision": found.revision,
            "tracking_number": named.tracking_number,
            "detail": found.detail,
        }
    )


def _offered(one: Offered) -> OfferedLine:
    return OfferedLine(
        source=one.source,
        account=one.account,
        offered=NOT_KNOWABLE if one.offered is None else one.offered,
        stored=one.stored,
        missing=one.missing,
        waiting=one.waiting,
        note=one.note,
    )
