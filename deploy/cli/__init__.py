"""The command line `intake`: one module a command or group of commands."""

import sys

from deploy.cli.app import app_for
from deploy.cli.exits import guarded


def main() -> None:
    """Entry point of the script `intake`."""
    guarded(app_for(sys.argv[1:]))
