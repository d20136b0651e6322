"""The per-user cache of jars: checked against the lock files, safe when interrupted or shared by processes."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import platformdirs

from deploy.local.files import locked, write_private
from deploy.local.jars import Jar, sha256_of
from deploy.local.progress import Advance, Report, transfer
from schemas.errors import Unreachable

Fetch = Callable[[Jar, Path, Advance], Path]
"""Downloads a jar into an empty folder and returns the file; tells how many bytes have arrived."""

_AT_ONCE = 4


def cache_folder(override: Path | None = None) -> Path:
    """Return where jars are kept: `override`, else `INTAKE_CACHE`, else the user's cache folder."""
    chosen = override or os.environ.get("INTAKE_CACHE") or platformdirs.user_cache_dir("complaint-intake")
    return Path(chosen).expanduser().absolute()


class JarCache:
    """Jars on disk. A jar counts only after its SHA-256 was checked; later starts compare size and time stamp."""

    def __init__(self, folder: Path, fetch: Fetch) -> None:
        self._jars = folder / "jars"
        self._incoming = folder / "incoming"
        self._lock = folder / "lock"
        self._fetch = fetch

    def path_of(self, jar: Jar) -> Path:
        """Return where the jar lies or will lie."""
        return self._jars / jar.relative_path

    def ensure(self, jars: Sequence[Jar], report: Report) -> list[Path]:
        """Return the files of `jars` in their order, downloading what is missing.

        Unreachable when a file differs from its checksum or cannot be had. May be repeated: finished files stay.
        """
        if self._unverified(jars):
            with locked(self._lock, lambda: report("waiting for another process that downloads the same files")):
                self._complete(self._unverified(jars), report)
        return [self.path_of(jar) for jar in jars]

    def _unverified(self, jars: Iterable[Jar]) -> list[Jar]:
        stamps = self._stamps()
        return [jar for jar in jars if stamps.get(jar.relative_path) != self._stamp(jar)]

    def _complete(self, jars: list[Jar], report: Report) -> None:
        present = [jar for jar in jars if self.path_of(jar).exists()]
        for jar in present:
            self._check(jar, self.path_of(jar))
        self._remember(present)
        missing = [jar for jar in jars if jar not in present]
        if missing:
            shutil.rmtree(self._incoming, ignore_errors=True)  # left by a killed download; nobody else is in here
            self._download(missing, report)

    def _download(self, jars: list[Jar], report: Report) -> None:
        self._incoming.mkdir(parents=True, exist_ok=True)
        total_bytes = sum(jar.size_bytes for jar in jars)
        with transfer(f"downloading {len(jars)} files", total_bytes, report) as advance:
            pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="download")
            try:
                for done in as_completed([pool.submit(self._obtain, jar, advance) for jar in jars]):
                    self._remember([done.result()])
            finally:
                pool.shutdown(cancel_futures=True)  # files on their way still arrive and are kept

    def _obtain(self, jar: Jar, advance: Advance) -> Jar:
        with tempfile.TemporaryDirectory(dir=self._incoming) as folder:
            arrived = self._fetch(jar, Path(folder), advance)
            self._check(jar, arrived)
            target = self.path_of(jar)
            target.parent.mkdir(parents=True, exist_ok=True)
            arrived.replace(target)
        return jar

    def _check(self, jar: Jar, file: Path) -> None:
        actual = sha256_of(file)
        if actual != jar.sha256:
            raise Unreachable(
                f"{jar.filename} is not the file we tested with: SHA-256 {actual}, expected {jar.sha256}. "
                f"Delete {self.path_of(jar)} and start again; if it differs once more, the repository or a proxy "
                "serves another file: do not use it and report it"
            )

    def _stamps(self) -> dict[str, list[object]]:
        try:
            stamps: dict[str, list[object]] = json.loads((self._jars / "verified.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return stamps

    def _stamp(self, jar: Jar) -> list[object]:
        try:
            found = self.path_of(jar).stat()
        except OSError:
            return []
        return [jar.sha256, found.st_size, found.st_mtime_ns]

    def _remember(self, jars: list[Jar]) -> None:
        stamps = self._stamps() | {jar.relative_path: self._stamp(jar) for jar in jars}
        write_private(self._jars / "verified.json", json.dumps(stamps, indent=1))
