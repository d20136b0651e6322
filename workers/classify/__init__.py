"""The classify stage: what a message is about, how bad it is, how urgent, and why the machine thinks so."""

from workers.classify.stage import ClassifyStage, message_of
from workers.classify.understand import Message, RuleUnderstander, Understander, understand_line

__all__ = ["ClassifyStage", "Message", "RuleUnderstander", "Understander", "message_of", "understand_line"]
