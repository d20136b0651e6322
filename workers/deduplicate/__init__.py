"""Deduplicate: gives every complaint its case, by exact gates only, under locks that no candidate can slip past."""

from workers.deduplicate.gates import Windows
from workers.deduplicate.stage import Deduplicate

__all__ = ["Deduplicate", "Windows"]
