"""What a signal says about a way, without a database."""

from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest

from schemas.signals import Signal, SignalKind
from tests.workers.pieces import NOON
from workers.reachability.meanings import Change, changes, places

MINUTE = timedelta(minutes=1)


def signal(kind: SignalKind, minute: int = 0, **fields: Any) -> Signal:
    at = NOON + minute * MINUTE
    given = {"signal_id": uuid4(), "channel": "wechat", "account": "shop", "recipient_key": "li", "received_at": at}
    return Signal.model_validate(given | {"kind": kind, "at": at} | fields)


@pytest.mark.parametrize(
    ("kind", "detail", "closes"),
    [
        (SignalKind.OPTED_OUT, "", ["opted-out"]),
        (SignalKind.LEFT, "", ["left"]),
        (SignalKind.ERASURE, "", ["erased"]),
        (SignalKind.UNDELIVERED, "failed:user block", ["blocked"]),
        (SignalKind.UNDELIVERED, "failed: system failed", []),
        (SignalKind.DELIVERED, "success", []),
        (SignalKind.OTHER, "", []),
        (SignalKind("a-word-of-tomorrow"), "", []),
    ],
)
def test_what_closes_a_way(kind: SignalKind, detail: str, closes: list[str]) -> None:
    found = changes([signal(kind, detail=detail)])

    assert [reason for _, _, reason in found] == closes


@pytest.mark.parametrize(
    ("kind", "reopens"),
    [(SignalKind.OPTED_IN, ["opted-out", "left", "blocked"]), (SignalKind.ENTERED, ["left", "blocked"])],
)
def test_what_reopens_a_way(kind: SignalKind, reopens: list[str]) -> None:
    found = changes([signal(kind)])

    assert [reason for _, _, reason in found] == reopens


def test_the_order_of_a_batch_does_not_matter() -> None:
    story = [signal(SignalKind.LEFT, 1), signal(SignalKind.ENTERED, 2), signal(SignalKind.LEFT, 3)]

    ends = {str(sorted(changes(order).items())) for order in permutations(story)}

    assert len(ends) == 1
    assert changes(story)["li", "wechat", "left"] == Change(NOON + 3 * MINUTE, NOON + 2 * MINUTE)


def test_a_signal_about_nobody_changes_nothing() -> None:
    nobody = signal(SignalKind.OPTED_OUT, recipient_key=None, place="S001")

    assert (changes([nobody]), places([nobody])) == ({}, {})


def test_only_the_last_place_of_a_person_is_kept() -> None:
    scans = [signal(SignalKind.ENTERED, minute, place=f"S00{minute}") for minute in (2, 3, 1)]

    assert [row["place"] for row in places(scans).values()] == ["S003"]
