"""The object store: raw deliveries and attachments, in a local folder or an S3-compatible service.

Source: obstore 0.12 (LocalStore's put renames atomically but does not flush, so local writes are ours).
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url
from obstore.store import ObjectStore as Store

from infra.durable import make_folder_durably, write_durably
from schemas.errors import NotDurable, SettingsInvalid, Unreachable
from schemas.settings import Settings

_LISTED_AT_ONCE = 5_000


class ObjectStore(Protocol):
    """Bytes under keys such as `complaints/<id>/attachments/<id>`. Writing a key again replaces it."""

    async def put(self, key: str, data: bytes) -> None:
        """Store durably: after the return the bytes survive a power cut. Raises `NotDurable`; may be repeated."""
        ...

    async def get(self, key: str) -> bytes:
        """Read all bytes. Raises FileNotFoundError when there are none, `Unreachable` when the store is away."""
        ...

    async def delete(self, key: str) -> None:
        """Remove; no error when it is not there. Raises `Unreachable` when the store is away."""
        ...


class RemoteStore:
    """An object store over the network. Its answer to a put is its promise of durability."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, key: str, data: bytes) -> None:
        """See `ObjectStore.put`."""
        try:
            await obstore.put_async(self._store, checked(key), data)
        except (BaseError, OSError) as error:
            raise NotDurable("the object store did not take it; check INTAKE_OBJECTS__URL") from error

    async def get(self, key: str) -> bytes:
        """See `ObjectStore.get`."""
        try:
            answer = await obstore.get_async(self._store, checked(key))
            return bytes(await answer.bytes_async())
        except FileNotFoundError:
            raise
        except (BaseError, OSError) as error:
            raise Unreachable("the object store does not answer; check INTAKE_OBJECTS__URL") from error

    async def delete(self, key: str) -> None:
        """See `ObjectStore.delete`."""
        try:
            await obstore.delete_async(self._store, checked(key))
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise Unreachable("the object store does not answer; check INTAKE_OBJECTS__URL") from error

    async def exists(self, key: str) -> bool:
        """Whether something lies under the key, without reading it. Raises `Unreachable` when the store is away."""
        try:
            await obstore.head_async(self._store, checked(key))
        except FileNotFoundError:
            return False
        except (BaseError, OSError) as error:
            raise Unreachable("the object store does not answer; check INTAKE_OBJECTS__URL") from error
        return True

    async def keys_under(self, prefix: str) -> AsyncIterator[list[str]]:
        """Yield all keys below a folder, some thousand at a time. Raises `Unreachable` when the store is away."""
        try:
            async for some in obstore.list(self._store, checked(prefix), chunk_size=_LISTED_AT_ONCE):
                yield [one["path"] for one in some]
        except (BaseError, OSError) as error:
            raise Unreachable("the object store does not answer; check INTAKE_OBJECTS__URL") from error


class LocalFolder(RemoteStore):
    """A folder of this machine. Reading goes through obstore, writing flushes file and folder."""

    def __init__(self, folder: Path) -> None:
        make_folder_durably(folder)
        super().__init__(LocalStore(folder))
        self._folder = folder

    async def put(self, key: str, data: bytes) -> None:
        """See `ObjectStore.put`."""
        try:
            await asyncio.to_thread(write_durably, self._folder / checked(key), (data,))
        except OSError as error:
            raise NotDurable(f"the object folder cannot be written: {error.strerror}") from error


def checked(key: str) -> str:
    """Return the key when it stays inside the store; ValueError for empty, absolute or climbing ones."""
    if not key or any(part in {"", ".", ".."} for part in key.split("/")):
        raise ValueError("an object key has no empty part and never leaves its store")
    return key


def open_store(settings: Settings) -> RemoteStore:
    """Open the store of `INTAKE_OBJECTS__URL`, or the folder `objects` in the home folder when it is unset.

    S3 credentials come from the usual `AWS_…` variables. Raises `SettingsInvalid` for an unusable URL.
    """
    url = settings.objects.url
    if url is None:
        return LocalFolder(settings.home.absolute() / "objects")
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalFolder(Path(unquote(parts.path)))
    try:
        return RemoteStore(from_url(url))
    except (BaseError, ValueError) as error:
        raise SettingsInvalid("INTAKE_OBJECTS__URL: use file:///folder or s3://bucket/prefix") from error
