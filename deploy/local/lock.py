"""Regenerate the lock files: ``python -m deploy.local.lock`` (after changing a version below).

It resolves from Maven Central, so look at the difference before committing: a checksum that changed
under the same version is an alarm, not an update.
"""

import sys
import tempfile
from pathlib import Path

from deploy.local.jars import EXAMPLE_LOCK, GREENMAIL_LOCK, KAFKA_LOCK, Jar, sha256_of
from deploy.local.maven import resolve

KAFKA = ("org.apache.kafka:kafka_2.13:4.3.1", "org.apache.kafka:kafka-tools:4.3.1", "org.slf4j:slf4j-simple:1.7.36")
"""The broker, its command line tools and a logging backend (without one Kafka is silent)."""
NOT_NEEDED = (
    "org.apache.kafka:connect-runtime",  # Kafka Connect with Jetty and Jersey: 40 jars only for `connect-*` tools
    "com.fasterxml.jackson.jakarta.rs:jackson-jakarta-rs-json-provider",
)
GREENMAIL = ("com.icegreen:greenmail-standalone:2.1.13",)
"""One jar that holds everything it needs; its POM is only used to find it."""

EXAMPLE = ("com.networknt:json-schema-validator:1.5.9", "org.eclipse.jdt:ecj:3.40.0")
"""What the Java example needs besides the Kafka jars: a validator, and a compiler that runs without a JDK."""
AMONG_KAFKA = (
    "com.fasterxml.jackson.core:jackson-databind",
    "com.fasterxml.jackson.dataformat:jackson-dataformat-yaml",
    "org.slf4j:slf4j-api",
)
"""What the example finds among the Kafka jars."""


def regenerate(path: Path, roots: tuple[str, ...], excluded: tuple[str, ...] = ()) -> None:
    """Write the lock file of `roots`, sorted by coordinate."""
    with tempfile.TemporaryDirectory() as folder:
        found = resolve(roots, excluded, Path(folder))
        jars = sorted(Jar(name, sha256_of(file), file.stat().st_size) for name, file in found)
    head = f"# {', '.join(roots)} and what they need; made by: python -m deploy.local.lock\n"
    path.write_text(head + "".join(f"{jar}\n" for jar in jars), encoding="utf-8")
    sys.stderr.write(f"{path.name}: {len(jars)} jars, {sum(jar.size_bytes for jar in jars) / 1e6:.0f} MB\n")


if __name__ == "__main__":
    regenerate(KAFKA_LOCK, KAFKA, NOT_NEEDED)
    regenerate(GREENMAIL_LOCK, GREENMAIL)
    regenerate(EXAMPLE_LOCK, EXAMPLE, AMONG_KAFKA)
