"""Reading the lock files."""

from pathlib import Path

import pytest

from deploy.local.jars import GREENMAIL_LOCK, KAFKA_LOCK, Jar, read_lock


def test_a_line_names_coordinate_checksum_and_size(tmp_path: Path) -> None:
    file = tmp_path / "a.sha256"
    file.write_text(f"# head\n\norg.slf4j:slf4j-api:1.7.36 {'a' * 64} 41125\n", encoding="utf-8")

    [jar] = read_lock(file)

    assert jar == Jar("org.slf4j:slf4j-api:1.7.36", "a" * 64, 41125)
    assert jar.relative_path == "org/slf4j/slf4j-api/1.7.36/slf4j-api-1.7.36.jar"


@pytest.mark.parametrize(
    "line",
    ["org.slf4j:slf4j-api 1.7.36", f"a:b:1 {'a' * 63} 1", f"a:b:1 {'a' * 64} 0", f"a:b:../1 {'a' * 64} 1", "a:b:1"],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "a.sha256"
    file.write_text(f"# head\n{line}\n", encoding="utf-8")

    with pytest.raises(ValueError, match=r"a\.sha256:2: expected"):
        read_lock(file)


@pytest.mark.parametrize(("lock", "wanted"), [(KAFKA_LOCK, "kafka_2.13:4.3.1"), (GREENMAIL_LOCK, "greenmail")])
def test_the_lock_files_pin_what_we_run(lock: Path, wanted: str) -> None:
    jars = read_lock(lock)

    assert any(wanted in jar.coordinate for jar in jars)
    assert len({jar.relative_path for jar in jars}) == len(jars)
    assert list(jars) == sorted(jars)
