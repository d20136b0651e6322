"""The pinned jars: reading a lock file, one line ``group:artifact:version sha256 size_bytes`` each."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
KAFKA_LOCK = HERE / "kafka.sha256"
GREENMAIL_LOCK = HERE / "greenmail.sha256"
EXAMPLE_LOCK = HERE / "example.sha256"

_LINE = re.compile(r"(?P<coordinate>[\w.-]+:[\w.-]+:[\w.-]+) (?P<sha256>[0-9a-f]{64}) (?P<size>[1-9]\d*)")


@dataclass(frozen=True, slots=True, order=True)
class Jar:
    """One file of Maven Central and the checksum it had when this release was tested."""

    coordinate: str
    sha256: str
    size_bytes: int

    @property
    def filename(self) -> str:
        """Name of the file, ``artifact-version.jar``."""
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"

    @property
    def relative_path(self) -> str:
        """Place below the cache, in the layout of a Maven repository."""
        group, artifact, version = self.coordinate.split(":")
        return f"{group.replace('.', '/')}/{artifact}/{version}/{self.filename}"

    def __str__(self) -> str:
        """Render the line of the lock file."""
        return f"{self.coordinate} {self.sha256} {self.size_bytes}"


def read_lock(path: Path) -> tuple[Jar, ...]:
    """Read a lock file; blank lines and ``#`` comments are skipped. ValueError names the line that is wrong."""
    jars = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"{path.name}:{number}: expected 'group:artifact:version sha256 size', got {line!r}")
        jars.append(Jar(match["coordinate"], match["sha256"], int(match["size"])))
    return tuple(jars)


def sha256_of(path: Path) -> str:
    """Hash a whole file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
