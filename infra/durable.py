"""Files that survive a power cut: written aside, flushed, renamed, the folder flushed too."""

import os
from collections.abc import Iterable
from pathlib import Path

_KEPT_IN_MIND = 10_000
_flushed: set[Path] = set()
"""Folders whose own entry this process has flushed. One that is only seen may still be on its way to the disk."""


def write_durably(path: Path, pieces: Iterable[bytes], make_parents: bool = True) -> None:
    """Write a whole file or none; after the return it is on the disk, its folder entry included.

    A crash in between leaves at most a draft whose name ends in `.draft`. Raises OSError (disk full, read-only)
    with nothing left behind.
    """
    if make_parents:
        make_folder_durably(path.parent)
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    try:
        with draft.open("wb") as handle:
            handle.writelines(pieces)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def make_folder_durably(folder: Path) -> None:
    """Create a folder and its parents; after the return its entry is on the disk, also if somebody else made it."""
    found = folder.is_dir()
    if found and folder in _flushed:
        return
    if not found:
        make_folder_durably(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    if not found or os.access(folder.parent, os.R_OK):  # a folder we were given may lie in one we may not open
        flush_folder(folder.parent)
    if len(_flushed) >= _KEPT_IN_MIND:
        _flushed.clear()
    _flushed.add(folder)


def flush_folder(folder: Path) -> None:
    """Flush the entries of a folder: names created, renamed or removed in it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
