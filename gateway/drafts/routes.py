"""`/api/v1/drafts`: begin, put fields and pieces of files, ask how far it came, submit.

The answer to the begin holds the draft's id and its secret, which is the bearer token of all later requests.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import Message

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from connectors.web.errors import FieldError, InvalidFields, Malformed
from connectors.web.fields import JSON_TYPE, read_fields
from gateway.api import MULTIPART_TYPE, accepted, identified, inbound
from gateway.body import Post, media_type
from gateway.drafts.store import Draft, FileState
from gateway.parts import GatewayParts, parts_of
from gateway.problems import UnsupportedMediaType
from schemas.base import rfc3339
from schemas.errors import InvalidRequest, TooLarge
from schemas.inbound import UploadedFile

router = APIRouter(prefix="/api/v1/drafts", include_in_schema=False)
_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")
_MAX_NAME_CHARS = 200


class Conflict(InvalidRequest):
    """The draft is not where the caller believes it is: answered with 409."""

    http_status = 409


@router.post("")
async def begin(request: Request) -> Response:
    """Begin a draft."""
    parts = parts_of(request)
    client = identified(parts, request)
    drafts = parts.drafts
    if drafts is None:
        raise HTTPException(404)
    now = parts.now()
    draft_id, secret, ends = await asyncio.to_thread(drafts.begin, client.name, client.scopes, now)
    where = f"{parts.public_url}{router.prefix}/{draft_id}"
    body = {"draft_id": draft_id, "secret": secret, "url": where, "expires_at": rfc3339(ends)}
    return JSONResponse(body, 201, {"Location": where, "Cache-Control": "no-store"})


@router.get("/{draft_id}")
async def look(request: Request, draft_id: str) -> Response:
    """What came so far, for an app that was restarted."""
    async with _held(request, draft_id) as draft:
        fields, files = await asyncio.to_thread(lambda: (draft.fields(), draft.files()))
        body = {
            "draft_id": draft_id,
            "expires_at": rfc3339(draft.about.expires_at),
            "fields": json.loads(fields) if fields else None,
            "files": [{"number": number, **state.model_dump()} for number, state in files.items()],
            "submitted": draft.answer() is not None,
        }
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


@router.put("/{draft_id}")
async def put_fields(request: Request, draft_id: str) -> Response:
    """Keep the fields: the JSON of `POST /api/v1/complaints`, checked when it is submitted."""
    parts = parts_of(request)
    async with _open(request, draft_id) as draft, parts.bodies.read(request, JSON_TYPE) as post:
        read_fields(post.body, JSON_TYPE)
        await asyncio.to_thread(draft.keep_fields, post.body)
    return Response(status_code=204)


@router.put("/{draft_id}/files/{number}")
async def put_chunk(request: Request, draft_id: str, number: int) -> Response:
    """Put a piece of a file where it ends so far; 409 with `Upload-Offset` when it ends elsewhere."""
    parts = parts_of(request)
    kind = media_type(request)
    if not kind or kind == MULTIPART_TYPE:
        raise UnsupportedMediaType("send the bytes of the file under its own content type")
    async with _open(request, draft_id) as draft, parts.draft_bodies.read(request, kind) as post:
        files = await asyncio.to_thread(draft.files)
        start, total = _range(request, len(post.body))
        _check_limits(parts, files, number, total)
        state = files.get(number)
        if start == 0:
            state = FileState(name=_name(request), media_type=kind, offset=0, total=total)
        if state is None or state.offset != start or state.total != total:
            return _offset(state, 409)
        return _offset(await asyncio.to_thread(draft.append, number, state, post.body), 204)


@router.head("/{draft_id}/files/{number}")
async def look_at_file(request: Request, draft_id: str, number: int) -> Response:
    """How far a file came: `Upload-Offset` of `Upload-Length`."""
    async with _held(request, draft_id) as draft:
        return _offset((await asyncio.to_thread(draft.files)).get(number), 200)


@router.delete("/{draft_id}")
async def forget(request: Request, draft_id: str) -> Response:
    """Remove a draft and all that came with it."""
    async with _held(request, draft_id) as draft:
        await asyncio.to_thread(draft.remove)
    return Response(status_code=204)


@router.post("/{draft_id}/submit")
async def submit(request: Request, draft_id: str) -> Response:
    """Make a complaint of it, as `POST /api/v1/complaints` does; asked again, it answers the same."""
    parts = parts_of(request)
    async with _held(request, draft_id) as draft:
        before = await asyncio.to_thread(draft.answer)
        if before is not None:
            return _answered(before)
        post = await asyncio.to_thread(_whole, draft)
        source = {
            "kind": "api",
            "entry": "app",
            "client": draft.about.client,
            "idempotency_key": f"draft:{draft_id}",
            "scopes": " ".join(draft.about.scopes),
        }
        receipt = await parts.intake.receive(inbound(parts, request, post, source), parts.web)
        answer = bytes(accepted(parts, receipt).body)
        await asyncio.to_thread(draft.keep_answer, answer)
        return _answered(answer)


def _answered(body: bytes) -> Response:
    return Response(body, 202, {"Location": json.loads(body)["status_url"]}, JSON_TYPE)


@asynccontextmanager
async def _held(request: Request, draft_id: str) -> AsyncIterator[Draft]:
    parts = parts_of(request)
    parts.rate.take(parts.clients.by_address(request).name)
    if parts.drafts is None:
        raise HTTPException(404)
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    with parts.drafts.held(draft_id, secret.strip() if scheme.lower() == "bearer" else "", parts.now()) as draft:
        yield draft


@asynccontextmanager
async def _open(request: Request, draft_id: str) -> AsyncIterator[Draft]:
    """A draft that may still change. Raises `Conflict` once it is submitted."""
    async with _held(request, draft_id) as draft:
        if draft.answer() is not None:
            raise Conflict("the draft is submitted")
        yield draft


def _whole(draft: Draft) -> Post:
    """What is submitted. Raises `Conflict` while something is missing."""
    fields, files = draft.fields(), draft.files()
    if fields is None:
        raise Conflict("the fields are missing: PUT them first")
    missing = [str(number) for number, state in files.items() if not state.complete]
    if missing:
        raise Conflict(f"files not complete: {', '.join(missing)}")
    parts = tuple(UploadedFile(state.name, state.media_type, draft.content(one)) for one, state in files.items())
    return Post(fields, JSON_TYPE, parts)


def _range(request: Request, size: int) -> tuple[int, int]:
    """Where a piece begins, and how large the file will be; without Content-Range it is the whole file."""
    given = request.headers.get("content-range")
    if given is None:
        return 0, size
    match = _RANGE.fullmatch(given.strip())
    if match is None:
        raise Malformed("Content-Range: bytes FIRST-LAST/TOTAL")
    first, last, total = (int(one) for one in match.groups())
    if last - first + 1 != size or last >= total:
        raise Malformed("Content-Range does not fit the body")
    return first, total


def _check_limits(parts: GatewayParts, files: dict[int, FileState], number: int, total: int) -> None:
    if not 0 <= number < parts.settings.max_files:
        raise InvalidFields([FieldError(("files",), "too_many", f"at most {parts.settings.max_files} files, from 0")])
    others = sum(state.total for one, state in files.items() if one != number)
    if others + total > parts.settings.max_body_bytes:
        raise TooLarge(f"at most {parts.settings.max_body_bytes} bytes, all files together")


def _name(request: Request) -> str:
    """The file's name as `Content-Disposition: attachment; filename*=UTF-8''…` gives it; empty without."""
    header = Message()
    header["Content-Disposition"] = request.headers.get("content-disposition", "attachment")
    return (header.get_filename() or "")[:_MAX_NAME_CHARS]


def _offset(state: FileState | None, status: int) -> Response:
    offset, total = (state.offset, str(state.total)) if state else (0, None)
    length = {"Upload-Length": total} if total is not None else {}
    return Response(status_code=status, headers={"Upload-Offset": str(offset), "Cache-Control": "no-store", **length})
