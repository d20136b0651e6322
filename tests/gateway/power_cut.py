"""A disk as a power cut leaves it: only file contents and folder entries that were flushed. The worst POSIX allows."""

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path


class Disk:
    """Watches what is flushed below `root`, which itself is on the disk. `fsync` takes the place of `os.fsync`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._flush = os.fsync
        self._lock = threading.Lock()
        self._contents: dict[int, bytes] = {}
        self._entries: dict[int, dict[str, int]] = {}

    def fsync(self, descriptor: int) -> None:
        """Note what is flushed, as it was when the flush began, then flush.

        Looking and noting are one step: of two flushes of a folder the later look counts.
        """
        inode, path = os.fstat(descriptor).st_ino, Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        with self._lock:
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                with os.scandir(path) as found:
                    self._entries[inode] = {one.name: one.inode() for one in found}
            else:
                self._contents[inode] = path.read_bytes()
        self._flush(descriptor)

    def left(self) -> dict[str, bytes]:
        """The files a power cut would leave now: path below the root → content. Never flushed content is empty."""
        with self._lock:
            return dict(self._below(self._root.stat().st_ino, ""))

    def _below(self, folder: int, path: str) -> Iterator[tuple[str, bytes]]:
        for name, inode in self._entries.get(folder, {}).items():
            if inode in self._entries:
                yield from self._below(inode, f"{path}{name}/")
            else:
                yield f"{path}{name}", self._contents.get(inode, b"")
