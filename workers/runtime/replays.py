"""Records that an operator sends again: for one stage only, with the place they first had."""

from collections.abc import Mapping
from typing import Any

from schemas.wire import REPLAY_STAGE
from workers.runtime.stage import Incoming, Origin

ORIGINAL_TOPIC = "x-original-topic"
ORIGINAL_PARTITION = "x-original-partition"
ORIGINAL_OFFSET = "x-original-offset"
ORIGINAL_TIMESTAMP = "x-original-timestamp"
REPLAY_OF = "x-replay-of"
"""`topic/partition/offset` of the record whose dead letter is replayed, when that was a replay already."""
ATTEMPT = "x-attempt"
FIRST_FAILED_AT = "x-first-failed-at"


def is_for_another(headers: Mapping[str, str], stage: str) -> bool:
    """Whether the record is a replay meant for another stage: this one commits past it."""
    return headers.get(REPLAY_STAGE, stage) != stage


def earlier_origins(item: Incoming[Any], stage: str) -> frozenset[Origin]:
    """Where a replayed record lay before, empty when it is no replay for this stage or does not say.

    A record that became a dead letter after its decision was stored (the broker refused the output) is decided
    already; its replay may emit because it names the origin of that decision.
    """
    if item.headers.get(REPLAY_STAGE) != stage:
        return frozenset()
    first = tuple(item.headers.get(name, "") for name in (ORIGINAL_TOPIC, ORIGINAL_PARTITION, ORIGINAL_OFFSET))
    last = tuple(item.headers.get(REPLAY_OF, "").rsplit("/", 2))
    return frozenset(origin for place in (first, last) if (origin := _origin(place)) is not None)


def _origin(place: tuple[str, ...]) -> Origin | None:
    try:
        topic, partition, offset = place
        return Origin(topic, int(partition), int(offset))
    except ValueError:
        return None
