"""How well linking tells duplicates, follow-ups, repeats and strangers apart on a stream whose truth is known."""

from deploy.training.linking.judged import Judged, judge
from deploy.training.linking.measures import MEASURES, Figure, Measure, figures

__all__ = ["MEASURES", "Figure", "Judged", "Measure", "figures", "judge"]
