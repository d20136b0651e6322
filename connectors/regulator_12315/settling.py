"""Which files of a drop folder are complete: those with `.done` beside them, and those that have stopped changing."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

MARKER = ".done"
_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp", MARKER)
_HIDDEN = (".", "~$")
State = tuple[int, int, int]
"""Inode, size in bytes, time of the last change in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Lying:
    """A file in the folder. Its name is only for the folder itself: it may say who complains."""

    path: Path
    state: State
    marker: Path | None


def state_of(found: os.stat_result) -> State:
    """What changes while a file is written."""
    return found.st_ino, found.st_size, found.st_mtime_ns


class Settling:
    """Remembers since when each file has been the same."""

    def __init__(self, folder: Path, after: timedelta) -> None:
        self._folder = folder
        self._after_s = after.total_seconds()
        self._since: dict[str, tuple[State, float]] = {}

    def ready(self, now_s: float) -> list[Lying]:
        """The complete files in the order of their names; `now_s` is of a clock that only goes on. Raises OSError.

        A link is no file, wherever it leads to: what lies outside the folder is none of ours.
        """
        found = {lying.path.name: lying for lying in self._lying()}
        self._since = {
            name: self._since[name] if self._since.get(name, (None, 0))[0] == one.state else (one.state, now_s)
            for name, one in found.items()
        }
        return [
            one
            for name, one in sorted(found.items(), key=lambda pair: os.fsencode(pair[0]))
            if one.marker is not None or 0 < now_s - self._since[name][1] >= self._after_s
        ]

    @property
    def waiting(self) -> int:
        """How many files lay in the folder at the last look."""
        return len(self._since)

    def _lying(self) -> Iterator[Lying]:
        with os.scandir(self._folder) as entries:
            names = {entry.name: entry for entry in entries}
        for name, entry in names.items():
            if name.startswith(_HIDDEN) or name.lower().endswith(_UNFINISHED):
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:  # gone since the folder was listed
                continue
            if stat.S_ISREG(found.st_mode):
                marker = next((one for one in (name + MARKER, Path(name).stem + MARKER) if one in names), None)
                yield Lying(self._folder / name, state_of(found), self._folder / marker if marker else None)
