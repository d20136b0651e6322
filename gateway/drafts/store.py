"""Drafts on disk: one private folder each, one request at a time each, whichever process serves it.

    <home>/drafts/<draft id>/draft.json, fields.json, <n>.file, <n>.json, answer.json

A file's bytes are flushed before its offset is noted, so an offset is never ahead of what a power cut leaves.
"""

import fcntl
import hashlib
import hmac
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import BaseModel

from gateway.problems import Overloaded
from infra.durable import make_folder_durably, write_durably
from schemas.base import Instant
from schemas.errors import IntakeError, NotDurable, TooMany
from schemas.settings.staff import DraftSettings

_ID = re.compile(r"[0-9a-f]{40}")
_CLIENT_CHARS = 8
_RETRY_S = 60
_SWEPT_EVERY = timedelta(minutes=1)


class NoDraft(IntakeError):
    """No such draft, not its secret, or too old: answered with 404 in each case."""

    http_status = 404


class About(BaseModel):
    """Who began a draft, and when it ends."""

    client: str
    scopes: tuple[str, ...]
    secret_sha256: str
    expires_at: Instant


class FileState(BaseModel):
    """One file of a draft: `offset` bytes of `total` are safe."""

    name: str
    media_type: str
    offset: int
    total: int

    @property
    def complete(self) -> bool:
        """Whether all of it came."""
        return self.offset == self.total


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft, held by this request."""

    draft_id: str
    folder: Path
    about: About

    def fields(self) -> bytes | None:
        """The fields as they came; None when none did."""
        return _read(self.folder / "fields.json")

    def keep_fields(self, body: bytes) -> None:
        """Keep the fields instead of earlier ones."""
        self._write("fields.json", body)

    def answer(self) -> bytes | None:
        """What was answered when it was submitted; None before."""
        return _read(self.folder / "answer.json")

    def keep_answer(self, body: bytes) -> None:
        """It is submitted: keep the answer for whoever asks again, and the files no longer."""
        self._write("answer.json", body)
        for number in self.files():
            (self.folder / f"{number}.file").unlink(missing_ok=True)

    def files(self) -> dict[int, FileState]:
        """The files by number."""
        found = {path.stem: _read(path) for path in self.folder.glob("*.json") if path.stem.isdigit()}
        return {int(stem): FileState.model_validate_json(raw) for stem, raw in sorted(found.items()) if raw}

    def content(self, number: int) -> bytes:
        """The bytes of a complete file."""
        return (self.folder / f"{number}.file").read_bytes()

    def append(self, number: int, state: FileState, chunk: bytes) -> FileState:
        """Put a chunk where the file ends so far; at offset 0 the file begins anew. Raises `NotDurable`."""
        try:
            with os.fdopen(os.open(self.folder / f"{number}.file", os.O_RDWR | os.O_CREAT, 0o600), "r+b") as handle:
                handle.truncate(state.offset)
                handle.seek(state.offset)
                handle.write(chunk)
                handle.flush()
                os.fsync(handle.fileno())
        except OSError as error:
            raise NotDurable("the draft could not be stored") from error
        grown = state.model_copy(update={"offset": state.offset + len(chunk)})
        self._write(f"{number}.json", grown.model_dump_json().encode())
        return grown

    def remove(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self, name: str, body: bytes) -> None:
        try:
            write_durably(self.folder / name, [body], make_parents=False)
        except OSError as error:
            raise NotDurable("the draft could not be stored") from error


class Drafts:
    """All drafts of a home folder. Its methods block: call them beside the event loop."""

    def __init__(self, home: Path, settings: DraftSettings) -> None:
        self._folder = home / "drafts"
        self._settings = settings
        self._swept_at: datetime | None = None

    def begin(self, client: str, scopes: tuple[str, ...], now: datetime) -> tuple[str, str, datetime]:
        """Begin one: its id, its secret, when it ends. Raises `TooMany`, `Overloaded` or `NotDurable`."""
        self.sweep(now)
        owner = hashlib.sha256(client.encode()).hexdigest()[:_CLIENT_CHARS]
        kept = [name for name in self._names() if _ID.fullmatch(name)]
        if sum(name.startswith(owner) for name in kept) >= self._settings.per_client:
            raise TooMany(f"at most {self._settings.per_client} drafts of one client at once", _RETRY_S)
        if len(kept) >= self._settings.max_drafts:
            raise Overloaded("too many drafts at once")
        draft_id, secret = owner + secrets.token_hex(16), secrets.token_urlsafe(32)
        expires_at = now + self._settings.lifetime
        about = About(client=client, scopes=scopes, secret_sha256=_hash(secret), expires_at=expires_at)
        try:
            make_folder_durably(self._folder / draft_id)
            write_durably(self._folder / draft_id / "draft.json", [about.model_dump_json().encode()])
        except OSError as error:
            raise NotDurable("the draft could not be stored") from error
        return draft_id, secret, expires_at

    @contextmanager
    def held(self, draft_id: str, secret: str, now: datetime) -> Iterator[Draft]:
        """Hold a draft: nobody else changes it meanwhile. Raises `NoDraft`, or `TooMany` while somebody holds it."""
        folder = self._folder / draft_id
        raw = _read(folder / "draft.json") if _ID.fullmatch(draft_id) else None
        about = About.model_validate_json(raw) if raw else None
        known = about.secret_sha256 if about else _hash("")
        if not hmac.compare_digest(known, _hash(secret)) or about is None or about.expires_at <= now:
            raise NoDraft("no such draft, or its secret is another")
        with _locked(folder) as got:
            if not got:
                raise TooMany("another request for this draft is under way", 1)
            yield Draft(draft_id, folder, about)

    def sweep(self, now: datetime) -> None:
        """Remove what is too old, at most once a minute."""
        if self._swept_at is not None and now - self._swept_at < _SWEPT_EVERY:
            return
        self._swept_at = now
        for name in self._names():
            folder = self._folder / name
            raw = _read(folder / "draft.json")
            begun = datetime.fromtimestamp(folder.stat().st_mtime, now.tzinfo) if folder.exists() else now
            ended = About.model_validate_json(raw).expires_at <= now if raw else now - begun > self._settings.lifetime
            if ended:
                shutil.rmtree(folder, ignore_errors=True)

    def _names(self) -> list[str]:
        return os.listdir(self._folder) if self._folder.is_dir() else []


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Lock a folder between processes without waiting; the kernel lets go when a process dies."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError as error:
        raise NoDraft("it was removed just now") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
