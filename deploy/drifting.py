"""Whether a channel's messages, or the machine's answers to them, are still what they were. From plain counts."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.policy import PolicyPack
from schemas.policy.reviewing import DriftAlarm
from schemas.review import SETTLED, Drawn, ReviewOutcome, ReviewState
from schemas.review_lines import AccuracyLine, DriftLine, DriftReport, OverrideLine
from schemas.tables.review import REVIEW_COUNTS, REVIEWS

_SMALLEST_SHARE = 1e-4
"""Stands for an empty bucket: the index has a logarithm of its share."""
_Z_95 = 1.959964
_WITH_MEAN = frozenset({"confidence", "review", "unfamiliar", "length"})
EVERY_CHANNEL = "*"


@dataclass(slots=True)
class Distribution:
    """How often each bucket of one measure came, and the sum of the measured values."""

    counts: dict[str, int] = field(default_factory=dict)
    total: float = 0.0

    @property
    def n(self) -> int:
        """Complaints in it."""
        return sum(self.counts.values())

    @property
    def mean(self) -> float | None:
        """The mean of the measured values."""
        return round(self.total / self.n, 4) if self.n else None


Measured = Mapping[tuple[str, str], Distribution]
"""(Channel, measure) → what came."""


def psi(before: Mapping[str, int], now: Mapping[str, int]) -> float | None:
    """Population stability index of two counts of the same buckets; None where one of them is empty."""
    n_before, n_now = sum(before.values()), sum(now.values())
    if not n_before or not n_now:
        return None
    found = 0.0
    for bucket in {*before, *now}:
        was = max(before.get(bucket, 0) / n_before, _SMALLEST_SHARE)
        is_now = max(now.get(bucket, 0) / n_now, _SMALLEST_SHARE)
        found += (is_now - was) * math.log(is_now / was)
    return round(found, 4)


def wilson(right: int, n: int) -> tuple[float, float] | None:
    """The 95 % interval of a share by Wilson's score; None of nothing."""
    if not n:
        return None
    share, spread = right / n, _Z_95**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half = _Z_95 * math.sqrt(share * (1 - share) / n + spread / n / 4) / (1 + spread)
    return round(max(middle - half, 0.0), 4), round(min(middle + half, 1.0), 4)


def compared(before: Measured, now: Measured, alarm: DriftAlarm) -> list[DriftLine]:
    """One line a channel and measure, alarms only where both periods have enough."""
    lines = []
    for channel, measure in sorted({*before, *now}):
        then, today = before.get((channel, measure), Distribution()), now.get((channel, measure), Distribution())
        index = psi(then.counts, today.counts)
        enough = min(then.n, today.n) >= alarm.at_least
        means = measure in _WITH_MEAN
        lines.append(
            DriftLine(
                channel=channel,
                measure=measure,
                n=today.n,
                n_before=then.n,
                psi=index,
                mean=today.mean if means else None,
                mean_before=then.mean if means else None,
                alarm=enough and index is not None and index > alarm.psi,
            )
        )
    return lines


async def drift(engine: AsyncEngine, pack: PolicyPack, now: datetime) -> DriftReport:
    """Compare the last days with those before, count what people put right, judge the random sample."""
    alarm = pack.reviewing.drift
    today = now.astimezone(pack.zone).date()
    start = today - timedelta(days=alarm.window_days - 1)
    async with engine.connect() as connection:
        after = await _counts(connection, start, today)
        before = await _counts(connection, start - timedelta(days=alarm.reference_days), start - timedelta(days=1))
        overrides = await _overrides(connection, now - timedelta(days=alarm.window_days), alarm)
        accuracy = await _accuracy(connection)
    measures = compared(before, after, alarm)
    return DriftReport(
        at=now,
        window_days=alarm.window_days,
        reference_days=alarm.reference_days,
        measures=tuple(measures),
        overrides=tuple(overrides),
        accuracy=tuple(accuracy),
        alarms=sum(one.alarm for one in measures) + sum(one.alarm for one in overrides),
    )


async def _counts(connection: AsyncConnection, first: date, last: date) -> Measured:
    rows = REVIEW_COUNTS.c
    keys = rows.channel, rows.measure, rows.bucket
    statement = select(*keys, func.sum(rows["count"]), func.sum(rows.total)).where(rows.day.between(first, last))
    found: defaultdict[tuple[str, str], Distribution] = defaultdict(Distribution)
    for channel, measure, bucket, count, total in await connection.execute(statement.group_by(*keys)):
        distribution = found[channel, measure]
        distribution.counts[bucket] = int(count)
        distribution.total += total
    return found


async def _overrides(connection: AsyncConnection, since: datetime, alarm: DriftAlarm) -> list[OverrideLine]:
    rows = REVIEWS.c
    corrected = func.count().filter(rows.outcome == ReviewOutcome.CORRECTED.value)
    statement = (
        select(rows.channel, func.count(), corrected)
        .where(rows.received_at >= since, rows.revision > 0, rows.channel != "")
        .group_by(rows.channel)
        .order_by(rows.channel)
    )
    return [
        OverrideLine(
            channel=channel,
            n=n,
            corrected=wrong,
            rate=round(wrong / n, 4),
            alarm=n >= alarm.at_least and wrong / n > alarm.overrides,
        )
        for channel, n, wrong in await connection.execute(statement)
    ]


async def _accuracy(connection: AsyncConnection) -> list[AccuracyLine]:
    rows = REVIEWS.c
    statement = select(rows.channel, rows.machine, rows.label).where(
        rows.part == Drawn.RANDOM.value, rows.outcome.in_(SETTLED), rows.state == ReviewState.DONE.value
    )
    judged = [
        (row.channel, row.machine["primary"] == row.label["primary"]) for row in await connection.execute(statement)
    ]
    channels = sorted({channel for channel, _ in judged})
    return [accuracy(channel, [right for of, right in judged if channel in {of, EVERY_CHANNEL}])
            for channel in (EVERY_CHANNEL, *channels)]  # fmt: skip


def accuracy(channel: str, right: Iterable[bool]) -> AccuracyLine:
    """How often the machine was right, with its interval."""
    answers = list(right)
    bounds = wilson(sum(answers), len(answers))
    share = round(sum(answers) / len(answers), 4) if answers else None
    low, high = bounds or (None, None)
    return AccuracyLine(channel=channel, n=len(answers), right=sum(answers), accuracy=share, low=low, high=high)
