"""The sender: takes messages out of the outbox and onto their channels, each at most once."""

from workers.sender.parts import SenderParts
from workers.sender.service import Sender

__all__ = ["Sender", "SenderParts"]
