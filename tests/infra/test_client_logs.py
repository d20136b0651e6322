"""An outage of minutes does not fill the log with one line a try."""

import logging

import pytest

from infra.client_logs import Seldom, quieten


def line(name: str, message: str) -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, "", 0, message, ("node", "why"), None)


def test_the_same_message_passes_once_and_others_are_not_held_back() -> None:
    seldom = Seldom(every_s=3600)

    passed = [
        seldom.filter(line("a", "%s: %s")),
        seldom.filter(line("a", "%s: %s")),
        seldom.filter(line("b", "%s: %s")),
    ]

    assert passed == [True, False, True]


def test_it_passes_again_after_the_pause() -> None:
    seldom = Seldom(every_s=0)

    assert [seldom.filter(line("a", "gone")) for _ in range(2)] == [True, True]


def test_loggers_below_the_library_are_limited_once(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("somelibrary.client")

    quieten("somelibrary")
    quieten("somelibrary")
    for _ in range(5):
        logger.warning("cannot reach %s", "broker")

    assert len(caplog.records) == 1
    assert len(logger.filters) == 1
