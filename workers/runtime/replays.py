"""Records that an operator sends again: for one stage only, with the place they first had."""

from collections.abc import Mapping
from typing import Any

from schemas.wire import REPLAY_STAGE
from workers.runtime.stage import Incoming, Origin

ORIGINAL_TOPIC = "x-original-topic"
ORIGINAL_PARTITION = "x-original-partition"
ORIGINAL_OFFSET = "x-original-offset"
ORIGINAL_TIMESTAMP = "x-original-timestamp"
ATTEMPT = "x-attempt"
FIRST_FAILED_AT = "x-first-failed-at"


def is_for_another(headers: Mapping[str, str], stage: str) -> bool:
    """Whether the record is a replay meant for another stage: this one commits past it."""
    return headers.get(REPLAY_STAGE, stage) != stage


def original_origin(item: Incoming[Any], stage: str) -> Origin | None:
    """Where a replayed record first lay, None when it is no replay for this stage or does not say.

    A record that became a dead letter after its decision was stored (the broker refused the output) is decided
    already; its replay may emit because it names the origin of that decision.
    """
    if item.headers.get(REPLAY_STAGE) != stage:
        return None
    try:
        place = item.headers[ORIGINAL_TOPIC], int(item.headers[ORIGINAL_PARTITION]), int(item.headers[ORIGINAL_OFFSET])
    except (KeyError, ValueError):
        return None
    return Origin(*place)
