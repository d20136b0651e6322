"""`intake link`: verdicts on complaints from a file, with nothing running."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.faults.system import INTAKE

pytestmark = pytest.mark.services


def line(name: str, days: int, **fields: Any) -> str:
    """One complaint of a customer with a telephone."""
    at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=days)
    sender = {"name": "李梅", "phones": ["+8613800138000"], "emails": []}
    return json.dumps(
        {"complaint_id": name, "received_at": at.isoformat(), "channel": "web", "sender": sender, "text": "坏了"}
        | fields
    )


def test_the_same_order_of_the_same_sender_is_one_case_and_a_bad_line_is_named() -> None:
    given = [
        line("first", 0, order_no="A1234567"),
        "not json",
        line("again", 2, order_no="A1234567", channel="email"),
        line("other", 3, order_no="B7654321"),
        line("too-late", 80, order_no="A1234567"),
        line("again", 81),
    ]

    done = subprocess.run([INTAKE, "link"], input="\n".join(given).encode(), capture_output=True, timeout=120)

    out = [json.loads(one) for one in done.stdout.splitlines()]
    assert done.returncode == 1, done.stderr.decode()
    assert "line 2" in done.stderr.decode()
    assert [(one["complaint_id"], one["verdict"], one["of"]) for one in out] == [
        ("first", "new", None),
        ("again", "duplicate", "first"),
        ("other", "repeat", "first"),
        ("too-late", "repeat", "other"),
    ]
    assert out[1]["case_id"] == out[0]["case_id"] != out[2]["case_id"]
    assert len({one["case_id"] for one in out}) == 3
    assert out[1]["evidence"][0]["rule"] == "same-order-same-sender"
