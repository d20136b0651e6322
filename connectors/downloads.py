"""Files read from vendors, never more of one than is wanted: a declared length is a claim, the bytes are counted."""

import httpx

from schemas.errors import TooLarge

_DIGITS_READ = 20
"""Of a declared length; more digits are more bytes than any limit."""


async def bounded(response: httpx.Response, max_bytes: int, chunk_bytes: int | None = None) -> bytes:
    """The body of a streamed answer. Raises `TooLarge`, before the first byte where the length says so."""
    declared = response.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:_DIGITS_READ]) > max_bytes:
        raise TooLarge(f"a file over {max_bytes} bytes")
    content = bytearray()
    async for chunk in response.aiter_bytes(chunk_bytes):
        content += chunk
        if len(content) > max_bytes:
            raise TooLarge(f"a file over {max_bytes} bytes")
    return bytes(content)
