"""Ports stay the same from start to start unless a stranger took one."""

from pathlib import Path

import pytest

from deploy.local import ports
from deploy.local.ports import KeptPorts


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Ports that count as taken; the real ones are not asked."""
    numbers: set[int] = set()
    monkeypatch.setattr(ports, "is_free", lambda port: port not in numbers)
    monkeypatch.setattr(ports, "_CLOSING_S", 0.0)
    return numbers


class Changes(list[tuple[str, int, int]]):
    """Hears of moved ports."""

    def __call__(self, name: str, old: int, new: int) -> None:
        self.append((name, old, new))


def test_ports_are_kept(tmp_path: Path, taken: set[int]) -> None:
    first = KeptPorts(tmp_path / "p.json", ("imap", "smtp")).claim(Changes())
    changes = Changes()

    again = KeptPorts(tmp_path / "p.json", ("imap", "smtp")).claim(changes)

    assert again == first
    assert len(set(first.values())) == 2
    assert changes == []


def test_a_taken_port_is_replaced_and_said(tmp_path: Path, taken: set[int]) -> None:
    first = KeptPorts(tmp_path / "p.json", ("imap", "smtp")).claim(Changes())
    taken.add(first["smtp"])
    changes = Changes()

    again = KeptPorts(tmp_path / "p.json", ("imap", "smtp")).claim(changes)

    assert again["imap"] == first["imap"]
    assert changes == [("smtp", first["smtp"], again["smtp"])]
    assert again["smtp"] != first["smtp"]


def test_nothing_is_kept_before_the_first_start_or_in_a_damaged_file(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    assert KeptPorts(file, ("imap",)).read() is None

    file.write_text('{"imap": ', encoding="utf-8")
    assert KeptPorts(file, ("imap",)).read() is None


def test_two_choices_never_give_the_same_port(taken: set[int]) -> None:
    assert ports.choose() != ports.choose()
