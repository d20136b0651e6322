"""Ports of the embedded platform: chosen once, kept in the data folder, replaced only if a stranger took one."""

import json
import random
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.local.files import write_private
from deploy.local.waiting import NotReady, wait_until
from schemas.errors import Unreachable

_RANGE = range(20_000, 30_000)  # below the ports that Linux (32768-) and macOS (49152-) give to outgoing connections
_CLOSING_S = 2.0
_choosing = threading.Lock()
_given: set[int] = set()


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a closing connection does not count
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _comes_free(port: int) -> bool:
    """Tell whether the port is free, giving a killed server two seconds until the kernel has closed its sockets."""

    def ask() -> None:
        if not is_free(port):
            raise NotReady(f"port {port} is taken")

    try:
        wait_until(ask, _CLOSING_S)
    except NotReady:
        return False
    return True


def choose() -> int:
    """Return a random free port that this process has not given to anybody before."""
    with _choosing:
        for port in random.sample(_RANGE, len(_RANGE)):
            if port not in _given and is_free(port):
                _given.add(port)
                return port
    raise Unreachable(f"no free port on 127.0.0.1 between {_RANGE.start} and {_RANGE.stop}")


class KeptPorts:
    """The ports of one service, in one file, so that a restart has the same address."""

    def __init__(self, file: Path, names: Sequence[str]) -> None:
        self._file = file
        self._names = names

    def read(self) -> dict[str, int] | None:
        """Return the kept ports by name, ``None`` if there are none yet."""
        try:
            found = json.loads(self._file.read_bytes())
            return {name: int(found[name]) for name in self._names}
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def claim(self, on_change: Callable[[str, int, int], None]) -> dict[str, int]:
        """Return ports that are free now: the kept ones, else new ones.

        `on_change(name, old, new)` hears of each kept port that another program has taken. Call it only while
        the service itself is down.
        """
        kept = self.read() or {}
        ports = {name: kept[name] if name in kept and _comes_free(kept[name]) else choose() for name in self._names}
        for name, old in kept.items():
            if ports[name] != old:
                on_change(name, old, ports[name])
        write_private(self._file, json.dumps(ports))
        return ports
