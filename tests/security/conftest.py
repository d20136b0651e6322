"""What attacks are tried on: the gateway with every page, a database and Kafka."""

from tests.operations.desk.conftest import office

__all__ = ["office"]
