"""The operations pages at `/ops`: what is late, what is wrong, what to do, for staff who are signed in."""

from operations.pages.extension import extension
from operations.pages.parts import OperationsParts

__all__ = ["OperationsParts", "extension"]
