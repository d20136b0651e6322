"""What customers write cannot add, colour, overwrite or reorder lines of a log or of a terminal."""

import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from deploy.cli.output import put, put_table, say
from infra.logs import ALLOWED, configure, log
from infra.visible import visible

HOSTILE = (
    "a\r\nERROR forged line",
    "\x1b[2J\x1b]0;title\x07",
    "\x9b31mred",
    "abc\u202efdp.exe",
    "one\u2028two\x85three",
    "\x00\x08\x7f",
)
STEERING = set("\x1b\x07\x9b\u202e\u2028\x85\x00\x08\x7f\r")


@pytest.fixture(autouse=True)
def _logging_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_log_line_stays_one_line(
    capsys: pytest.CaptureFixture[str], form: Literal["json", "console"], hostile: str
) -> None:
    configure(form, "INFO")
    log("security").info("tried", **dict.fromkeys(sorted(ALLOWED - {"level", "name", "timestamp"}), hostile))

    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert not STEERING & set(written)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_terminal_is_not_steered(capsys: pytest.CaptureFixture[str], hostile: str) -> None:
    put(hostile)
    say(hostile)
    put_table(["said"], [[hostile]])

    written = capsys.readouterr()
    assert not STEERING & set(written.out + written.err)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_json_says_the_same_to_a_program(hostile: str) -> None:
    assert json.loads(visible(json.dumps(hostile, ensure_ascii=False))) == hostile
