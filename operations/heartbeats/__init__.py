"""How every part of every process is, told by the processes through the database."""

from operations.heartbeats.beating import Heart
from operations.heartbeats.reading import Beat, Disk, beats

__all__ = ["Beat", "Disk", "Heart", "beats"]
