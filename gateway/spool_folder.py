"""The files of a spool: one owner, entries numbered in the order they came, torn ones set aside. Blocking calls."""

import fcntl
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gateway.spool_entry import TornEntry, decode
from infra.durable import make_folder_durably, write_durably
from infra.logs import log
from schemas.errors import SettingsInvalid
from schemas.wire import Message

_LOG = log(__name__)
_SUFFIX = ".entry"

Write = Callable[[Path, Iterable[bytes]], None]
"""Makes a file durable, or raises OSError with nothing left behind."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the spool."""

    path: Path
    size_bytes: int


class SpoolFolder:
    """A folder with one owner among all processes; the kernel frees it when the owner dies."""

    def __init__(self, folder: Path, write: Write = write_durably) -> None:
        self._folder = folder
        self._write = write
        self._owner: IO[str] | None = None
        self._next = 1

    def adopt(self) -> tuple[list[Entry], int]:
        """Become the owner; return the whole entries an earlier owner left, oldest first, and the number torn.

        Raises `SettingsInvalid` when another process owns the folder or it cannot be used.
        """
        try:
            make_folder_durably(self._folder)
            self._owner = (self._folder / "owner.lock").open("w")
            fcntl.flock(self._owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return self._sort_out()
        except BlockingIOError as error:
            self.release()
            raise SettingsInvalid(
                "INTAKE_SPOOL__FOLDER: another process owns this spool folder; give each gateway its own"
            ) from error
        except OSError as error:
            self.release()
            raise SettingsInvalid(f"INTAKE_SPOOL__FOLDER: the folder cannot be used: {error.strerror}") from error

    def release(self) -> None:
        """Let the folder go."""
        if self._owner is not None:
            self._owner.close()
            self._owner = None

    def write(self, data: bytes) -> Entry:
        """Put a new entry at the tail, durably. Raises OSError with nothing left behind."""
        path = self._folder / f"{self._next:020d}{_SUFFIX}"
        self._next += 1
        self._write(path, (data,))
        return Entry(path, len(data))

    def rehearse(self, size_bytes: int) -> None:
        """Write as much as an entry of that size and delete it. Raises OSError with nothing left behind.

        Random bytes, because some file systems compress; a draft, because a crash in between leaves no entry.
        """
        path = self._folder / "rehearsal.draft"
        try:
            self._write(path, (os.urandom(size_bytes),))
        finally:
            path.unlink(missing_ok=True)

    def read(self, entry: Entry) -> list[Message] | None:
        """The records of an entry; None when it is torn, then it is set aside and reported."""
        try:
            return decode(entry.path.read_bytes())
        except (TornEntry, FileNotFoundError):
            _LOG.error("spool entry torn", path=entry.path.name, size_bytes=entry.size_bytes)
            self.set_aside(entry, "torn")
            return None

    def remove(self, entries: Sequence[Entry]) -> None:
        """Delete entries. A power cut may bring one back: then it is sent again, which later stages absorb."""
        for entry in entries:
            entry.path.unlink(missing_ok=True)

    def set_aside(self, entry: Entry, where: str) -> None:
        """Move an entry into the folder `where`, for a person to look at."""
        target = self._folder / where
        make_folder_durably(target)
        if entry.path.exists():
            os.replace(entry.path, target / entry.path.name)

    def _sort_out(self) -> tuple[list[Entry], int]:
        for draft in self._folder.glob("*.draft"):
            draft.unlink()
        names = sorted(path.name for path in self._folder.rglob(f"*{_SUFFIX}"))
        if names:
            self._next = int(names[-1].removesuffix(_SUFFIX)) + 1
        found = [Entry(path, path.stat().st_size) for path in sorted(self._folder.glob(f"*{_SUFFIX}"))]
        whole = [entry for entry in found if self.read(entry) is not None]
        return whole, len(found) - len(whole)
