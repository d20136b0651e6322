"""The casework stage: what departments report becomes the state of a case, and what customers hear of it."""

from workers.casework.follow_up import FollowUp, FollowUpParts
from workers.casework.stage import Casework

__all__ = ["Casework", "FollowUp", "FollowUpParts"]
