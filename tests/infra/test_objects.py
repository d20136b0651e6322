"""The object store: what it took is on the disk and comes back, and no key leaves it."""

import asyncio
import os
import threading
from pathlib import Path

import pytest

from infra import durable
from infra.objects import LocalFolder, RemoteStore, open_store
from schemas.errors import NotDurable, SettingsInvalid
from schemas.settings import ObjectSettings, Settings

KEY = "complaints/6f0b/attachments/1"


async def test_what_was_put_comes_back(tmp_path: Path) -> None:
    store = LocalFolder(tmp_path / "objects")

    await store.put(KEY, b"\x00picture")
    await store.put(KEY, b"\x00picture, again")

    assert await store.get(KEY) == b"\x00picture, again"


async def test_a_missing_object_is_a_file_not_found(tmp_path: Path) -> None:
    store = LocalFolder(tmp_path)

    with pytest.raises(FileNotFoundError):
        await store.get(KEY)


async def test_deleting_twice_is_fine(tmp_path: Path) -> None:
    store = LocalFolder(tmp_path)
    await store.put(KEY, b"x")

    await store.delete(KEY)
    await store.delete(KEY)

    assert not (tmp_path / KEY).exists()


async def test_file_and_every_new_folder_are_flushed_before_put_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    real = os.fsync
    store = LocalFolder(tmp_path)

    def watched(number: int) -> None:
        flushed.append(os.readlink(f"/proc/self/fd/{number}"))
        real(number)

    monkeypatch.setattr(os, "fsync", watched)

    await store.put("a/b/c", b"x")

    assert [Path(name).name.split(".")[0] for name in flushed] == [tmp_path.name, "a", "c", "b"]


async def test_a_folder_somebody_else_is_just_making_is_flushed_before_put_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, flush = LocalFolder(tmp_path), durable.flush_folder
    making, go_on, flushed = threading.Event(), threading.Event(), list[Path]()

    def slow_at_first(folder: Path) -> None:
        if not making.is_set():
            making.set()
            go_on.wait(30)
        flush(folder)
        flushed.append(folder)

    monkeypatch.setattr(durable, "flush_folder", slow_at_first)
    first = asyncio.create_task(store.put("shared/1", b"x"))
    await asyncio.to_thread(making.wait, 30)
    await store.put("shared/2", b"x")
    flushed_by_the_second = list(flushed)
    go_on.set()
    await first

    assert flushed_by_the_second == [tmp_path, tmp_path / "shared"]


async def test_a_full_disk_is_not_durable_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    store = LocalFolder(tmp_path)
    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(NotDurable, match="No space left"):
        await store.put("file", b"x")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../outside", "a/../../b", "a//b", "."])
async def test_no_key_leaves_the_store(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="never leaves"):
        await LocalFolder(tmp_path).put(key, b"x")


def test_the_url_chooses_the_store(tmp_path: Path) -> None:
    def opened(url: str | None) -> object:
        return open_store(Settings(home=tmp_path, objects=ObjectSettings(url=url)))

    assert isinstance(opened(None), LocalFolder)
    assert isinstance(opened((tmp_path / "else where").as_uri()), LocalFolder)
    assert type(opened("s3://bucket/prefix")) is RemoteStore
    with pytest.raises(SettingsInvalid, match="INTAKE_OBJECTS__URL"):
        opened("ftp://somewhere")
