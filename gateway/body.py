"""Reads request bodies within limits of size, time and memory, before anything is parsed."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from connectors.web.errors import FieldError, InvalidFields, Malformed
from connectors.web.fields import FORM_TYPE, JSON_TYPE, MAX_FORM_FIELDS
from gateway.problems import TooSlow, UnsupportedMediaType
from schemas.errors import TooLarge
from schemas.inbound import UploadedFile
from schemas.settings import GatewaySettings

LARGE_BYTES = 1024 * 1024
LARGE_AT_ONCE = 32
"""Bodies over `LARGE_BYTES` held in memory at the same time; more wait for their turn."""
_MULTIPART_TYPE = "multipart/form-data"
_HARD_MAX_FILES = 200
COMPLAINT_FIELD = "complaint"
NONCE_FIELD = "token"


@dataclass(frozen=True, slots=True)
class Post:
    """What was posted: the body as a connector reads it, its type, the files beside it."""

    body: bytes
    content_type: str
    files: tuple[UploadedFile, ...] = ()


class Bodies:
    """Reads bodies under the limits of the settings."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._max_bytes = settings.max_body_bytes
        self._max_files = settings.max_files
        self._timeout_s = settings.body_timeout.total_seconds()
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)

    @asynccontextmanager
    async def read(self, request: Request, *accepted: str) -> AsyncIterator[Post]:
        """Give the post while its memory is accounted for.

        Raises `TooLarge`, `TooSlow`, `UnsupportedMediaType`, `Malformed`, `InvalidFields` (too many files).
        """
        kind = media_type(request)
        if kind not in accepted:
            raise UnsupportedMediaType(f"send {' or '.join(accepted)}")
        if not self._may_be_large(request):
            yield await self._post(request, kind, accepted)
            return
        async with self._large:
            yield await self._post(request, kind, accepted)

    async def _post(self, request: Request, kind: str, accepted: tuple[str, ...]) -> Post:
        try:
            async with asyncio.timeout(self._timeout_s):
                if kind != _MULTIPART_TYPE:
                    return Post(b"".join([chunk async for chunk in self._chunks(request)]), kind)
                return await self._multipart(request, JSON_TYPE in accepted)
        except TimeoutError as error:
            raise TooSlow(f"the body must arrive within {self._timeout_s:.0f} s") from error

    def _may_be_large(self, request: Request) -> bool:
        declared = _declared_bytes(request)
        return declared is None or declared > LARGE_BYTES

    async def _chunks(self, request: Request) -> AsyncGenerator[bytes, None]:
        """The body's chunks. A body over the limit is read on for a while: a caller that is still sending
        would otherwise see a reset connection instead of the answer."""
        size = 0
        declared = _declared_bytes(request)
        too_large = declared is not None and declared > self._max_bytes
        if too_large and ("expect" in request.headers or (declared or 0) > 2 * self._max_bytes):
            raise self._too_large()
        async for chunk in request.stream():
            size += len(chunk)
            if size > 2 * self._max_bytes:
                raise self._too_large()
            if size <= self._max_bytes and not too_large:
                yield chunk
        if size > self._max_bytes or too_large:
            raise self._too_large()

    def _too_large(self) -> TooLarge:
        return TooLarge(f"at most {self._max_bytes} bytes, files included")

    async def _multipart(self, request: Request, with_document: bool) -> Post:
        parser = _WholeMultiPart(
            request.headers,
            self._chunks(request),
            max_files=_HARD_MAX_FILES,
            max_fields=MAX_FORM_FIELDS,
            max_part_size=self._max_bytes,
        )
        try:
            form = await parser.parse()
        except MultiPartException as error:
            raise Malformed(f"multipart: {error.message}") from error
        if not parser.whole:
            raise Malformed("multipart: the closing boundary is missing")
        try:
            return await self._from_form(form, with_document)
        finally:
            await form.close()

    async def _from_form(self, form: FormData, with_document: bool) -> Post:
        """Where a JSON document is accepted, a part named `complaint` is it; otherwise the fields are the form's."""
        document: bytes | None = None
        fields: list[tuple[str, str]] = []
        files: list[UploadedFile] = []
        for name, part in form.multi_items():
            if name == COMPLAINT_FIELD and with_document:
                document = await part.read() if isinstance(part, UploadFile) else part.encode(errors="surrogatepass")
            elif isinstance(part, str):
                fields.append((name, part))
            elif part.filename or part.size:
                media = part.content_type or "application/octet-stream"
                files.append(UploadedFile(part.filename or "", media, await part.read()))
        if len(files) > self._max_files:
            raise InvalidFields([FieldError(("files",), "too_many", f"at most {self._max_files} files")])
        if document is not None:
            return Post(document, JSON_TYPE, tuple(files))
        return Post(urlencode(fields).encode(), FORM_TYPE, tuple(files))


class _WholeMultiPart(MultiPartParser):
    """Notices whether the closing boundary came; without it starlette leaves the last part out in silence."""

    whole = False

    def on_end(self) -> None:
        self.whole = True


def media_type(request: Request) -> str:
    """The content type without parameters, in lower case; empty without one."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _declared_bytes(request: Request) -> int | None:
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isascii() and declared.isdigit() else None
