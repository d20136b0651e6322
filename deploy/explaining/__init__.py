"""A policy pack in sentences, and what it would do with one complaint, step by step."""

from deploy.explaining.rules import explanation
from deploy.explaining.walking import asked_complaint, walk

__all__ = ["asked_complaint", "explanation", "walk"]
