"""Handing a file over as an authority's clerk would: put into the drop folder, whole at once."""

from pathlib import Path
from uuid import uuid4

from deploy.authorities import folders_of
from schemas.complaint import Channel
from schemas.delivery_lines import SubmittedLine
from schemas.errors import InvalidRequest, Unreachable
from schemas.settings import Settings

SUFFIXES = frozenset({".xlsx", ".xls", ".csv", ".docx", ".pdf", ".eml"})
"""Files that are dropped, not pushed."""


def drop(settings: Settings, file: Path, data: bytes, account: str | None) -> SubmittedLine:
    """Put one file into a drop folder.

    Raises InvalidRequest when there is no such folder, Unreachable when it cannot be written.
    """
    folders = folders_of(settings)
    name = account or (next(iter(folders)) if len(folders) == 1 else None)
    if name is None or name not in folders:
        known = ", ".join(folders)
        raise InvalidRequest(
            f"say --account, one of: {known}" if known else "no drop folder is set up: `intake settings`"
        )
    folder = folders[name].path
    draft = folder / f".{uuid4()}.draft"  # a reader passes over names that begin with a dot
    try:
        draft.write_bytes(data)
        draft.replace(folder / file.name)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Unreachable(f"the drop folder {folder} cannot be written: {error.strerror}") from error
    return SubmittedLine(file=str(file), channel=Channel.REGULATOR_12315.value, way="folder")
