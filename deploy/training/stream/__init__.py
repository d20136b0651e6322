"""A simulated stream of complaints over five channels, with the truth of every message. Seeds are fixed."""

from deploy.training.stream.model import Relation, Told, Truth
from deploy.training.stream.settings import StreamSettings
from deploy.training.stream.writing import write_stream

__all__ = ["Relation", "StreamSettings", "Told", "Truth", "write_stream"]
