"""What is wrong now: each finding names its object, since when, how many complaints are at risk and the next step."""

from operations.findings.model import Finding, Level

__all__ = ["Finding", "Level"]
