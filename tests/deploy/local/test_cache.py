"""The cache of jars: checked, resumable, safe when interrupted. A fake repository stands in for the real one."""

import hashlib
import os
from pathlib import Path
from threading import Thread

import pytest

from deploy.local.cache import JarCache, cache_folder
from deploy.local.jars import Jar
from deploy.local.progress import Advance, silent
from schemas.errors import Unreachable


def a_jar(name: str, content: bytes) -> Jar:
    return Jar(f"org.example:{name}:1.0", hashlib.sha256(content).hexdigest(), len(content))


class FakeRepository:
    """Serves content by file name and counts what was asked for; `broken` names fail halfway."""

    def __init__(self, **files: bytes) -> None:
        self.files = files
        self.broken: set[str] = set()
        self.asked: list[str] = []

    def fetch(self, jar: Jar, folder: Path, advance: Advance) -> Path:
        name = jar.coordinate.split(":")[1]
        self.asked.append(name)
        file = folder / jar.filename
        if name in self.broken:
            file.write_bytes(self.files[name][:1])
            raise Unreachable(f"{name} broke off")
        file.write_bytes(self.files[name])
        advance(file.stat().st_size)
        return file

    def jars(self) -> list[Jar]:
        return [a_jar(name, content) for name, content in self.files.items()]


def test_jars_come_in_the_order_asked_and_are_fetched_once(tmp_path: Path) -> None:
    repository = FakeRepository(b=b"bb", a=b"a")

    for _ in range(2):
        found = JarCache(tmp_path, repository.fetch).ensure(repository.jars(), silent)

    assert [file.read_bytes() for file in found] == [b"bb", b"a"]
    assert sorted(repository.asked) == ["a", "b"]


def test_an_interrupted_download_goes_on_with_what_is_there(tmp_path: Path) -> None:
    repository = FakeRepository(a=b"a", b=b"bb", c=b"ccc")
    repository.broken = {"b"}
    with pytest.raises(Unreachable, match="broke off"):
        JarCache(tmp_path, repository.fetch).ensure(repository.jars(), silent)
    finished = [jar for jar in repository.jars() if JarCache(tmp_path, repository.fetch).path_of(jar).exists()]
    repository.broken, repository.asked = set(), []

    JarCache(tmp_path, repository.fetch).ensure(repository.jars(), silent)

    assert finished
    assert set(repository.asked) == {"a", "b", "c"} - {jar.coordinate.split(":")[1] for jar in finished}


def test_a_part_of_a_file_never_stands_at_its_place(tmp_path: Path) -> None:
    repository = FakeRepository(a=b"whole")
    repository.broken = {"a"}
    cache = JarCache(tmp_path, repository.fetch)

    with pytest.raises(Unreachable):
        cache.ensure(repository.jars(), silent)

    assert not cache.path_of(repository.jars()[0]).exists()
    assert [file for file in (tmp_path / "incoming").rglob("*") if file.is_file()] == []


def test_a_download_with_another_checksum_is_refused_and_not_kept(tmp_path: Path) -> None:
    repository = FakeRepository(a=b"something else")
    pinned = a_jar("a", b"what we tested")
    cache = JarCache(tmp_path, repository.fetch)

    with pytest.raises(Unreachable, match=r"a-1\.0\.jar is not the file we tested with.*Delete .*start again"):
        cache.ensure([pinned], silent)

    assert not cache.path_of(pinned).exists()


def test_a_file_changed_in_the_cache_is_refused(tmp_path: Path) -> None:
    repository = FakeRepository(a=b"whole")
    cache = JarCache(tmp_path, repository.fetch)
    [file] = cache.ensure(repository.jars(), silent)
    file.write_bytes(b"wh0le")
    os.utime(file, ns=(1, 1))

    with pytest.raises(Unreachable, match="Delete"):
        cache.ensure(repository.jars(), silent)


def test_without_its_stamps_the_cache_is_checked_in_full_and_not_fetched_again(tmp_path: Path) -> None:
    repository = FakeRepository(a=b"a", b=b"b")
    cache = JarCache(tmp_path, repository.fetch)
    cache.ensure(repository.jars(), silent)
    (tmp_path / "jars" / "verified.json").write_text("{ torn", encoding="utf-8")
    repository.asked = []

    cache.ensure(repository.jars(), silent)

    assert repository.asked == []


def test_two_downloads_at_once_fetch_each_file_once(tmp_path: Path) -> None:
    repository = FakeRepository(a=b"a" * 1000, b=b"b" * 1000)
    both = [
        Thread(target=JarCache(tmp_path, repository.fetch).ensure, args=(repository.jars(), silent)) for _ in range(2)
    ]

    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert sorted(repository.asked) == ["a", "b"]


def test_progress_is_told_in_lines_when_stderr_is_no_terminal(tmp_path: Path) -> None:
    repository = FakeRepository(a=b"a" * 3_000_000, b=b"b" * 1_000_000)
    lines: list[str] = []

    JarCache(tmp_path, repository.fetch).ensure(repository.jars(), lines.append)

    assert lines[0] == "downloading 2 files, 4 MB"
    assert lines[-1] == "100 % of 4 MB"


def test_the_cache_folder_can_be_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INTAKE_CACHE", str(tmp_path))

    assert cache_folder() == tmp_path
    assert cache_folder(tmp_path / "mine") == tmp_path / "mine"
