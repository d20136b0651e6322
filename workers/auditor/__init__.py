"""The auditor: writes down which record lies where, on every topic, for the ledger."""

from workers.auditor.service import Auditor, AuditorParts

__all__ = ["Auditor", "AuditorParts"]
