"""The tasks stage: what a machine cannot do becomes a person's task, with owner and clock, ended by a signed act."""

from workers.tasks.opening import Clocks
from workers.tasks.stage import Tasks

__all__ = ["Clocks", "Tasks"]
