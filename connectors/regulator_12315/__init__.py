"""12315 and other authorities: referrals by signed push, drop folder, mail and form; answers as drafts for a person."""

from connectors.regulator_12315.authority import is_from_authority
from connectors.regulator_12315.connector import Regulator

__all__ = ["Regulator", "is_from_authority"]
