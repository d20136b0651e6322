"""A migrated, empty database."""

from tests.workers.conftest import engine

__all__ = ["engine"]
