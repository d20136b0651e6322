"""Acknowledge: everybody who writes hears of it once. The stage answers what was understood, the sweeper the rest."""

from workers.acknowledge.desk import Desk
from workers.acknowledge.stage import Acknowledge
from workers.acknowledge.sweeper import Sweeper

__all__ = ["Acknowledge", "Desk", "Sweeper"]
