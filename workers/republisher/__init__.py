"""Publishes deliveries again whose complaint never reached the log: the two are sent together, not at once."""

from workers.republisher.publishing import RepublisherParts
from workers.republisher.service import Republisher

__all__ = ["Republisher", "RepublisherParts"]
