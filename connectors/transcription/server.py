"""A transcriber behind the interface of OpenAI's audio transcriptions, which many servers offer.

Source: platform.openai.com/docs/api-reference/audio/createTranscription: POST /v1/audio/transcriptions, multipart
with `file`, `model`, `language` (ISO 639-1), `response_format`; with `json` the answer is {"text": "…"}. The ending of
the file name tells the format. Errors: 429 and 5xx may pass; 401 and 403 are our settings.
Unsure: which other servers take AMR.
"""

import asyncio
import json
import logging

import httpx

from infra.logs import log
from schemas.errors import ChannelUnavailable
from schemas.settings import TranscriptionSettings

PATH = "/v1/audio/transcriptions"

ENDINGS = {
    "audio/amr": "amr",
    "audio/flac": "flac",
    "audio/m4a": "m4a",
    "audio/mp3": "mp3",
    "audio/mp4": "mp4",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/webm": "webm",
    "audio/x-m4a": "m4a",
    "audio/x-wav": "wav",
}
"""Media type → ending of the file name; of any other the second half of the type is not to be trusted."""
_UNKNOWN_ENDING = "bin"
_PASSING = frozenset({401, 403, 404, 408, 409, 425, 429})
"""Besides 5xx: wrong settings are mended by a person, the others by time."""

logging.getLogger("httpx").setLevel(logging.WARNING)
_LOG = log(__name__)


class TranscriptionServer:
    """Asks one server; each call has a client of its own, recordings are rare."""

    def __init__(self, settings: TranscriptionSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        self._transport = transport

    async def transcribe(self, content: bytes, media_type: str) -> str | None:
        """See `Transcriber.transcribe`."""
        if not content or len(content) > self._settings.max_bytes:
            return None
        try:
            async with asyncio.timeout(self._settings.timeout.total_seconds()), self._client() as client:
                answer = await client.post(PATH, data=self._fields(), files={"file": _named(content, media_type)})
        except (httpx.HTTPError, TimeoutError) as error:
            raise ChannelUnavailable(f"the transcription server does not answer: {type(error).__name__}") from error
        return _read(answer)

    def _client(self) -> httpx.AsyncClient:
        key = self._settings.key
        return httpx.AsyncClient(
            base_url=self._settings.url.rstrip("/"),
            headers={"authorization": f"Bearer {key.get_secret_value()}"} if key else {},
            timeout=self._settings.timeout.total_seconds(),
            transport=self._transport,
            follow_redirects=False,
        )

    def _fields(self) -> dict[str, str]:
        fields = {"model": self._settings.model, "response_format": "json"}
        return fields | {"language": self._settings.language} if self._settings.language else fields


def _named(content: bytes, media_type: str) -> tuple[str, bytes, str]:
    """The file with a name that says its format and nothing about a person."""
    return f"recording.{ENDINGS.get(media_type, _UNKNOWN_ENDING)}", content, media_type


def _read(answer: httpx.Response) -> str | None:
    status = answer.status_code
    if status in _PASSING or status >= 500 or status in range(300, 400):
        _LOG.warning("the transcription server refuses", status=status)
        raise ChannelUnavailable(f"the transcription server answered {status}")
    if status != httpx.codes.OK:
        _LOG.info("the transcription server does not take a recording", status=status)
        return None
    try:
        read = json.loads(answer.content)
    except (ValueError, RecursionError) as error:
        raise ChannelUnavailable("the transcription server gives an answer nobody can read") from error
    words = read.get("text") if isinstance(read, dict) else None
    if not isinstance(words, str):
        raise ChannelUnavailable("the transcription server gives an answer without text")
    return words.strip() or None
