"""When a part that is not ready has been so for long enough to be named: starting and reconnecting take a moment."""

from datetime import timedelta

from operations.findings.seen import Seen
from operations.heartbeats import Beat

_MOMENT = timedelta(seconds=10)
STARTING = timedelta(seconds=60)
"""What has just been started may take so long to be ready."""


def settled(seen: Seen, beat: Beat) -> bool:
    """Whether it has been not ready for longer than a moment."""
    if beat.not_ready_since is None:
        return False
    young = seen.now - beat.started_at < STARTING
    return seen.now - beat.not_ready_since >= (STARTING if young else _MOMENT)
