"""What a report may say, what may follow what, and how long a department has."""

from datetime import UTC, datetime

import pytest

from schemas.calendar.hours import add_working_hours
from schemas.casework import FOLLOWS, STATE_WORDS, WHY_WORDS, CaseState, Why
from schemas.signing import is_genuine, signature
from workers.casework.reports import plain


def test_every_state_says_what_may_follow_and_has_words() -> None:
    assert set(FOLLOWS) == set(CaseState)
    assert set(CaseState) <= set(STATE_WORDS)
    assert set(Why) == set(WHY_WORDS)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<p>已<b>退款</b></p>", "已退款"),
        ("<scr<b>ipt>alert(1)</script>", "alert(1)"),
        ("价格<5元的退 3<4", "价格<5元的退 3<4"),
        ("一\x00\x07二\u202e三", "一二三"),
        ("一\r\n\r\n\r\n二", "一\n\n二"),
        ("  ", None),
        ("<br>", None),
        (None, None),
    ],
)
def test_words_for_customers_are_plain(given: str | None, kept: str | None) -> None:
    assert plain(given, 100) == kept


def test_words_for_customers_are_bounded() -> None:
    assert plain("字" * 1_000_000, 100) == "字" * 99 + "…"


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-11-23T01:31Z", "2026-11-23T05:31Z"),  # Monday 09:31
        ("2026-11-23T08:00Z", "2026-11-24T03:00Z"),  # Monday 16:00, two hours left
        ("2026-11-27T14:00Z", "2026-11-30T05:00Z"),  # Friday 22:00
        ("2026-11-21T20:00Z", "2026-11-23T05:00Z"),  # Sunday 04:00
        ("2026-10-01T02:00Z", "2026-10-08T05:00Z"),  # the National Day holidays
    ],
)
def test_four_working_hours_leave_nights_and_days_off_out(start: str, due: str) -> None:
    began = datetime.fromisoformat(start)

    assert add_working_hours(began, 4) == datetime.fromisoformat(due).astimezone(UTC)


def test_a_signature_holds_for_its_value_and_key_only() -> None:
    given = signature(b"k", b'{"a":1}')

    assert is_genuine(b"k", b'{"a":1}', given.upper())
    assert not is_genuine(b"k", b'{"a":2}', given)
    assert not is_genuine(b"l", b'{"a":1}', given)
    assert not is_genuine(b"k", b'{"a":1}', "")
