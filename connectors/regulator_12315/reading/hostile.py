"""What third-party readers of files raise on bytes that somebody has tampered with, and how much a file may unpack to.

openpyxl, xlrd, python-docx and pypdf document no closed set of exceptions; fuzzing showed those below.
"""

import logging
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from schemas.errors import PayloadRejected, Reason

BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    Warning,
    struct.error,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
)
# pypdf logs the bytes it stumbles over, openpyxl warns of a date with its value: that is what customers wrote.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
warnings.filterwarnings("ignore", module="openpyxl")
_MAX_MEMBERS = 5_000
_ENCRYPTED = 0x1
_PROLOGUE_BYTES = 4_096


@contextmanager
def foreign(what: str) -> Iterator[None]:
    """Turn whatever a library raises on a broken file into `PayloadRejected`."""
    try:
        yield
    except PayloadRejected:
        raise
    except BROKEN as error:
        raise PayloadRejected(Reason.UNREADABLE, f"{what} cannot be read: {type(error).__name__}") from error


def members(body: bytes, max_unpacked_bytes: int) -> frozenset[str]:
    """The names in a zip file, once it is known to unpack to a bearable size and to hold no entity declarations.

    Raises `PayloadRejected`. zipfile never unpacks more of a member than its header says, so headers may be believed.
    """
    with foreign("the zip file"), zipfile.ZipFile(BytesIO(body)) as packed:
        infos = packed.infolist()
        if len(infos) > _MAX_MEMBERS or sum(info.file_size for info in infos) > max_unpacked_bytes:
            raise PayloadRejected(Reason.TOO_LARGE, f"unpacks to more than {max_unpacked_bytes} bytes")
        if any(info.flag_bits & _ENCRYPTED for info in infos):
            raise PayloadRejected(Reason.ENCRYPTED, "the file is protected by a password")
        for info in infos:
            if info.filename.endswith((".xml", ".rels")):
                with packed.open(info) as member:
                    if b"<!DOCTYPE" in member.read(_PROLOGUE_BYTES):
                        raise PayloadRejected(Reason.UNREADABLE, "declares entities, which no office program writes")
        return frozenset(info.filename for info in infos)
