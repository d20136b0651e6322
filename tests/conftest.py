"""Fixtures of all tests. Tests marked `services` run on the real parts; all others have no network."""

pytest_plugins = ["tests.services"]
