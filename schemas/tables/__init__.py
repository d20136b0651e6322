"""Every table, one module per writing stage. `METADATA` is what the migrations must produce."""

from schemas.tables import runtime
from schemas.tables.metadata import METADATA

__all__ = ["METADATA", "runtime"]
