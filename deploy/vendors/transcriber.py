"""A server with the interface of OpenAI's audio transcriptions, and its faults. It hears only what it was taught.

Source: platform.openai.com/docs/api-reference/audio/createTranscription, read 2026-11-22: POST
/v1/audio/transcriptions, multipart/form-data with `file` and `model`, optional `language`, `response_format`; `json`
answers {"text": "…"}, `text` the bare words. Errors are {"error": {"message", "type", "code"}}: 401 without a valid
key, 400 for a file it cannot decode, 429 over the rate. Files up to 25 MB. Unsure: the exact wording of errors, and
413 as the answer to a larger file.
"""

import hashlib
from collections.abc import Mapping

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from deploy.vendors.server import Faults, Vendor

MAX_BYTES = 25 * 1024 * 1024
FORMATS = frozenset({"amr", "flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm"})


class TranscriberVendor(Vendor):
    """The server. `words` are what it hears in recordings (by SHA-256), `otherwise` in any other one."""

    name = "transcriber"

    def __init__(
        self,
        key: str,
        words: Mapping[str, str] | None = None,
        otherwise: str = "你好，我要投诉，昨天买的牛奶已经过期了。",
        faults: Faults | None = None,
    ) -> None:
        super().__init__(faults)
        self.heard: list[tuple[str, str | None]] = []
        self._key = key
        self._words = dict(words or {})
        self._otherwise = otherwise

    def routes(self) -> list[BaseRoute]:
        """The one path."""
        return [Route("/v1/audio/transcriptions", self.faulty(self._transcribe), methods=["POST"])]

    def throttling(self) -> Response:
        """See `Vendor.throttling`."""
        return _error(429, "Rate limit reached", "rate_limit_exceeded")

    async def _transcribe(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self._key}":
            return _error(401, "Incorrect API key provided", "invalid_api_key")
        async with request.form() as form:
            file, model, language = form.get("file"), form.get("model"), form.get("language")
            if not isinstance(file, UploadFile) or not model:
                return _error(400, "file and model are required", "missing_required_parameter")
            content, name = await file.read(), file.filename or ""
            plain = form.get("response_format") == "text"
        if len(content) > MAX_BYTES:
            return _error(413, "Maximum content size limit exceeded", "content_too_large")
        if name.rpartition(".")[2].lower() not in FORMATS or not content:
            return _error(400, "Invalid file format", "invalid_file_format")
        self.heard.append((name, str(language) if language else None))
        text = self._words.get(hashlib.sha256(content).hexdigest(), self._otherwise)
        return PlainTextResponse(text) if plain else JSONResponse({"text": text})


def _error(status: int, message: str, code: str) -> Response:
    return JSONResponse({"error": {"message": message, "type": "invalid_request_error", "code": code}}, status)
