"""Maven Central through jgo: fetch one jar, or resolve what belongs to a release.

`INTAKE_MAVEN_MIRROR` (a URL) replaces the public repository where that one is slow or closed off.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import requests
import stamina
from jgo.maven import Dependency, MavenContext, PythonResolver

from deploy.local.jars import Jar
from deploy.local.progress import Advance
from schemas.errors import Unreachable

_TIMEOUT_S = 60
_FAULTS = (requests.RequestException, OSError, RuntimeError)  # jgo: RuntimeError for every status but 200


def fetch(jar: Jar, folder: Path, advance: Advance) -> Path:
    """Download `jar` into the empty `folder`, three attempts; Unreachable when it cannot be had."""
    seen = 0

    def count(size_bytes: int) -> None:
        nonlocal seen
        seen += size_bytes
        advance(size_bytes)

    try:
        for attempt in stamina.retry_context(on=_FAULTS, attempts=3, timeout=None):
            with attempt:
                advance(-seen)
                seen = 0
                return _fetch_once(jar, folder / str(attempt.num), count)
    except _FAULTS as error:
        raise Unreachable(
            f"{jar.filename} cannot be downloaded: {error}. Check the network or proxy, or set INTAKE_MAVEN_MIRROR; "
            "what has arrived already is kept, so start again"
        ) from error
    raise AssertionError("unreachable: the last attempt returns or raises")


def _fetch_once(jar: Jar, folder: Path, advance: Advance) -> Path:
    context = context_for(folder, PythonResolver(progress_callback=_progress(advance)))
    group, artifact, version = jar.coordinate.split(":")
    return Path(context.project(group, artifact).at_version(version).artifact().resolve())


def _progress(advance: Advance) -> Callable[[str, int], AbstractContextManager[Advance]]:
    @contextmanager
    def of_file(_name: str, _size_bytes: int) -> Iterator[Advance]:
        yield advance

    return of_file


def context_for(folder: Path, resolver: PythonResolver) -> MavenContext:
    """Build a jgo context that stores below `folder` and nowhere else."""
    mirror = os.environ.get("INTAKE_MAVEN_MIRROR")
    remotes = {"mirror": mirror} if mirror else None
    return MavenContext(repo_cache=folder, resolver=resolver, remote_repos=remotes, timeout=_TIMEOUT_S)


def resolve(roots: tuple[str, ...], excluded: tuple[str, ...], folder: Path) -> list[tuple[str, Path]]:
    """Resolve and download coordinates with all they need at run time, except `excluded` (``group:artifact``)."""
    context = context_for(folder, PythonResolver())
    without = [context.project(*name.split(":")) for name in excluded]
    wanted = []
    for root in roots:
        group, artifact, version = root.split(":")
        wanted.append(Dependency(context.project(group, artifact).at_version(version).artifact(), exclusions=without))
    direct, transitive = context.resolver.resolve(wanted)
    needed = [d for d in [*direct, *transitive] if d.scope not in ("test", "provided")]
    return [(f"{d.groupId}:{d.artifactId}:{d.version}", Path(d.artifact.resolve())) for d in needed]
