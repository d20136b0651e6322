"""The alarm stage: who must know at once that somebody was or may be harmed, whatever the other queues."""

from workers.alarm.stage import Alarm

__all__ = ["Alarm"]
