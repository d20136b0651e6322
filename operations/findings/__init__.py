"""What is wrong now: each finding names its object, since when, how many complaints are at risk and the next step."""

from operations.findings.looking import look
from operations.findings.model import Finding, Level
from operations.findings.seen import Seen

__all__ = ["Finding", "Level", "Seen", "look"]
