"""The review stage: what people look at, what they said of it, and plain counts of what came."""

from workers.review.adviser import OpinionParts, Opinions
from workers.review.sampler import Sampler, SamplerParts
from workers.review.stage import Review

__all__ = ["OpinionParts", "Opinions", "Review", "Sampler", "SamplerParts"]
