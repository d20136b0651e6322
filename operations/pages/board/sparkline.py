"""What waited over the last 24 hours as one small line: points of an SVG polyline."""

from collections.abc import Sequence

from operations.lag.rows import Point

WIDTH, HEIGHT = 96, 20
_STEPS = 48


def polyline(points: Sequence[Point]) -> str:
    """The points of a line `WIDTH` × `HEIGHT`, the highest of each half hour; empty with fewer than two."""
    known = [one for one in points if one.waiting is not None]
    if len(known) < 2:
        return ""
    first, last = known[0].at.timestamp(), known[-1].at.timestamp()
    span = max(1.0, last - first)
    highest: dict[int, int] = {}
    for one in known:
        step = round((one.at.timestamp() - first) / span * _STEPS)
        highest[step] = max(highest.get(step, 0), one.waiting or 0)
    top = max(1, *highest.values())
    return " ".join(
        f"{step / _STEPS * WIDTH:.0f},{HEIGHT - 1 - value / top * (HEIGHT - 2):.0f}" for step, value in highest.items()
    )
