"""Statistics of interleaved measurements."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two things measured in turns; `ratio` is the median of the ratios of neighbours."""

    ours: float
    peer: float
    ratio: float
    least: float
    greatest: float


def compare(ours: Sequence[float], peer: Sequence[float]) -> Comparison:
    """Compare measurements taken in pairs, one of each a round. Neighbours share the noise of their minute."""
    ratios = [mine / other for mine, other in zip(ours, peer, strict=True)]
    return Comparison(median(ours), median(peer), median(ratios), min(ratios), max(ratios))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0..1) of all do not exceed; nan without values."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
