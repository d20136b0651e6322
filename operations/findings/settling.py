"""When a part that is not ready has been so for long enough to be named: starting and reconnecting take a moment."""

from datetime import datetime, timedelta

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


def is_young(seen: Seen) -> bool:
    """Whether everything that runs was started just now, so that what is missing may still come."""
    return seen.now - _began(seen) < STARTING


def starting(seen: Seen, part: str) -> bool:
    """Whether the installation is young and has not seen this part ready yet. What it has seen end is not starting."""
    if not is_young(seen):
        return False
    beat = seen.alive(part)
    if beat is not None:
        return not beat.ready
    last = seen.last(part)
    return last is None or last.beaten_at < _began(seen)


def _began(seen: Seen) -> datetime:
    """Since when some process has run without a gap: the oldest one that lives, or whoever looks."""
    looking = [seen.began] if seen.began is not None else []
    return min((*(beat.started_at for beat in seen.living), *looking), default=seen.now)
