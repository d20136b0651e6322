"""The command line `intake`: one module a command or group of commands."""

from deploy.cli.app import app
from deploy.cli.guard import guarded


def main() -> None:
    """Entry point of the script `intake`."""
    guarded(app)
