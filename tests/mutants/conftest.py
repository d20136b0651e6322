"""The same tables and topics as the tests of the loop."""

from tests.workers.runtime.conftest import engine, installation

__all__ = ["engine", "installation"]
