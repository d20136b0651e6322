"""Telling people what is wrong: once, again after hours, and once when it is over."""

from operations.alerts.watcher import Watcher

__all__ = ["Watcher"]
