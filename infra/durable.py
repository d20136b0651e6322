"""Files that survive a power cut: written aside, flushed, renamed, the folder flushed too."""

import os
from collections.abc import Iterable
from pathlib import Path


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
    """Create a folder and its parents and flush each new entry; no effect on what exists."""
    if folder.is_dir():
        return
    make_folder_durably(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    flush_folder(folder.parent)


def flush_folder(folder: Path) -> None:
    """Flush the entries of a folder: names created, renamed or removed in it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
