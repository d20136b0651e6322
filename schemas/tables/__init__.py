"""Every table, one module per writing stage. `METADATA` is what the migrations must produce."""

from schemas.tables import (
    acknowledge,
    additions,
    alarm,
    archive,
    auditor,
    clock,
    clusters,
    confirm,
    deduplicate,
    reachability,
    republisher,
    review,
    route,
    runtime,
    sender,
    staff,
    tasks,
)
from schemas.tables.metadata import METADATA

__all__ = [
    "METADATA",
    "acknowledge",
    "additions",
    "alarm",
    "archive",
    "auditor",
    "clock",
    "clusters",
    "confirm",
    "deduplicate",
    "reachability",
    "republisher",
    "review",
    "route",
    "runtime",
    "sender",
    "staff",
    "tasks",
]
