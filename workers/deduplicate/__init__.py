"""Deduplicate: gives every complaint its case, by exact gates or by points,
under locks that no candidate can slip past."""

from workers.deduplicate.findings import Windows
from workers.deduplicate.notices import ClusterRules
from workers.deduplicate.stage import Deduplicate

__all__ = ["ClusterRules", "Deduplicate", "Windows"]
