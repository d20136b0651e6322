"""A file as it is handed out: by its own bytes, never by what its sender called it; always as a download."""

from contextlib import AbstractContextManager, nullcontext
from uuid import UUID

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from operations.departments.location import without_location

_PIECE_BYTES = 256 * 1024
_UNKNOWN = ("application/octet-stream", "bin")
_SIGNS: tuple[tuple[int, bytes, tuple[str, str]], ...] = (
    (0, b"\xff\xd8\xff", ("image/jpeg", "jpg")),
    (0, b"\x89PNG\r\n\x1a\n", ("image/png", "png")),
    (0, b"GIF8", ("image/gif", "gif")),
    (8, b"WEBP", ("image/webp", "webp")),
    (4, b"ftypheic", ("image/heic", "heic")),
    (4, b"ftypmif1", ("image/heif", "heif")),
    (4, b"ftypavif", ("image/avif", "avif")),
    (4, b"ftypM4A", ("audio/mp4", "m4a")),
    (4, b"ftypqt", ("video/quicktime", "mov")),
    (4, b"ftyp", ("video/mp4", "mp4")),
    (8, b"WAVE", ("audio/wav", "wav")),
    (0, b"#!AMR", ("audio/amr", "amr")),
    (0, b"OggS", ("audio/ogg", "ogg")),
    (0, b"ID3", ("audio/mpeg", "mp3")),
    (0, b"%PDF-", ("application/pdf", "pdf")),
    (0, b"PK\x03\x04", ("application/zip", "zip")),
)
"""Offset, bytes that stand there, what the file then is. None of it runs anything in a browser."""
MEDIA_TYPES = sorted({kind for _, _, (kind, _) in _SIGNS} | {_UNKNOWN[0]})
"""What a file may be handed out as."""
_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def kind_of(content: bytes) -> tuple[str, str]:
    """Media type and ending by the first bytes; pages, SVG and everything else is just bytes."""
    return next((kind for at, sign, kind in _SIGNS if content[at : at + len(sign)] == sign), _UNKNOWN)


class Download(Response):
    """A file on its way, piece by piece: the next one when the reader took the last. `held` ends with it."""

    held: AbstractContextManager[object] = nullcontext()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self.held:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            for start in range(0, len(self.body), _PIECE_BYTES):
                piece = bytes(self.body[start : start + _PIECE_BYTES])
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


def download(attachment_id: UUID, content: bytes) -> Download:
    """The answer that holds a file, named by its id: the sender's name for it may say who that is."""
    media_type, ending = kind_of(content)
    named = {"Content-Disposition": f'attachment; filename="{attachment_id}.{ending}"'}
    return Download(without_location(content), media_type=media_type, headers=_HEADERS | named)
