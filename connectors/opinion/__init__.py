"""A second opinion on a text, by a server behind one interface."""

from connectors.opinion.contract import Adviser, Opinion, Question
from connectors.opinion.server import OpinionServer

__all__ = ["Adviser", "Opinion", "OpinionServer", "Question"]
