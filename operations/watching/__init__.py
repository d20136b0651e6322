"""One look at everything that can be wrong, taken at most every few seconds and shared by all who ask."""

from operations.watching.watch import Snapshot, Watch

__all__ = ["Snapshot", "Watch"]
