"""Notify: what a customer is to be told goes into the outbox once, on the ways the customer left."""

from workers.notify.stage import Notify

__all__ = ["Notify"]
