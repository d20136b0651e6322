"""Plain counts of what came and what the machine made of it, by day and channel: what drift is seen by."""

from collections import defaultdict
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.review import ReviewView
from schemas.tables.review import REVIEW_COUNTS
from workers.bulk import insert_rows

_KEYS = ("day", "channel", "partition", "measure", "bucket")
_ADD = (
    '(day, channel, "partition", measure, bucket) DO UPDATE SET '
    "count = review_counts.count + excluded.count, total = review_counts.total + excluded.total"
)
_BUCKETS_OF_CONFIDENCE = 10


class Counts:
    """The counts of one batch of one partition. A complaint counts once, with its first revision."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._found: defaultdict[tuple[object, ...], list[float]] = defaultdict(lambda: [0, 0.0])

    def add(self, view: ReviewView, partition: int) -> None:
        """Count a complaint; automatic mail, sealed reports and later revisions do not count."""
        if view.revision > 1 or view.sealed or view.automatic.is_automatic:
            return
        day = view.received_at.astimezone(self._zone).date()
        for measure, bucket, value in _measures(view):
            count = self._found[day, view.channel, partition, measure, bucket]
            count[0] += 1
            count[1] += value

    async def store(self, connection: AsyncConnection) -> None:
        """Add the counts to those that are kept."""
        rows = [
            dict(zip(_KEYS, key, strict=True)) | {"count": int(count), "total": total}
            for key, (count, total) in sorted(self._found.items(), key=lambda pair: str(pair[0]))
        ]
        await insert_rows(connection, REVIEW_COUNTS, rows, on_conflict=_ADD)


def _measures(view: ReviewView) -> Iterator[tuple[str, str, float]]:
    """Measure, bucket and the value that goes into the mean. Lengths by powers of two, confidence by tenths."""
    understood = view.understanding
    yield "kind", understood.kind, 1.0
    yield "category", understood.primary, 1.0
    p = next((one.p for one in understood.categories if one.code == understood.primary), None)
    if p is not None:
        yield "confidence", str(min(int(p * _BUCKETS_OF_CONFIDENCE), _BUCKETS_OF_CONFIDENCE - 1)), p
    yield "review", "asked" if understood.needs_review else "sure", float(understood.needs_review)
    if understood.model is not None:
        unfamiliar = "unfamiliar" in understood.review_reasons
        yield "unfamiliar", "unfamiliar" if unfamiliar else "familiar", float(unfamiliar)
    yield "length", str(view.length.bit_length()), float(view.length)
