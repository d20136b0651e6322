"""Every table, one module per writing stage. `METADATA` is what the migrations must produce."""

from schemas.tables import clock, deduplicate, runtime
from schemas.tables.metadata import METADATA

__all__ = ["METADATA", "clock", "deduplicate", "runtime"]
