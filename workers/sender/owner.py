"""Who holds a lease, and whether that process is still alive, as far as this machine can tell."""

import os
import socket
from collections.abc import Iterable
from uuid import uuid4

_THIS_PROCESS = uuid4().hex[:8]
"""Tells this process from an earlier one with the same number, as in a container that was started again."""


def new_owner() -> str:
    """A name nobody had before: host/pid/process/sender."""
    return f"{socket.gethostname()}/{os.getpid()}/{_THIS_PROCESS}/{uuid4().hex[:8]}"


def surely_dead(owners: Iterable[str]) -> list[str]:
    """The owners whose process ran on this host and runs no more; of other hosts nothing is known."""
    return [owner for owner in owners if _is_dead(owner)]


def _is_dead(owner: str) -> bool:
    host, pid, process, _ = owner.rsplit("/", 3)
    if host != socket.gethostname() or process == _THIS_PROCESS:
        return False
    return int(pid) == os.getpid() or not _runs(int(pid))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
