"""The command inside the test process, for the tests of the ledger."""

from tests.deploy.cli.conftest import intake

__all__ = ["intake"]
