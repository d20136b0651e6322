"""The classify stage: what a message is about, how bad it is, how urgent, and why the machine thinks so."""

from workers.classify.line import answer_line, understand_line
from workers.classify.message import Message, Understander
from workers.classify.stage import ClassifyStage, message_of
from workers.classify.understand import RuleUnderstander, TextUnderstander

__all__ = [
    "ClassifyStage",
    "Message",
    "RuleUnderstander",
    "TextUnderstander",
    "Understander",
    "answer_line",
    "message_of",
    "understand_line",
]
