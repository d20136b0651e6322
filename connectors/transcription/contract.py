"""What makes words of a recording."""

from typing import Protocol


class Transcriber(Protocol):
    """Hears a recording. May be asked again for the same one."""

    async def transcribe(self, content: bytes, media_type: str) -> str | None:
        """What is said in it; None where this transcriber will never say: too large, a format it refuses, silence.

        Raises `ChannelUnavailable` when it may be asked again later.
        """
        ...
