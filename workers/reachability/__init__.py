"""Reachability: which ways to a person are closed, and which messages that were sent nobody got."""

from workers.reachability.stage import Reachability

__all__ = ["Reachability"]
