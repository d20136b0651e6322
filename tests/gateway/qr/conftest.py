"""The desks of the staff tests."""

from tests.gateway.staff.conftest import open_desk

__all__ = ["open_desk"]
