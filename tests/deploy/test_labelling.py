"""What training gets of real complaints: the person's word, the text without personal data, how it was drawn."""

from typing import Any

import pytest

from deploy.labelling import example
from schemas.complaint import Sender
from schemas.review import Label
from schemas.review_lines import ReviewLine
from tests.schemas.making import RECEIVED_AT, classified
from tests.workers.review.pieces import understood

LABEL = Label(kind="complaint", primary="service", secondary=("price",), safety=False, dissatisfaction=2)


def line(text: str = "收银员态度差", subject: str | None = None, **fields: Any) -> dict[str, Any] | None:
    """The line of one complaint somebody looked at."""
    sender = Sender(name="欧阳明月", phones=("+8613812340001",))
    record = classified(understanding=understood(), text=text, subject=subject, sender=sender)
    given: dict[str, Any] = {"label": LABEL, "state": "done", "outcome": "corrected", "channel": "web"} | fields
    return example(
        record,
        ReviewLine(
            complaint_id=record.complaint_id,
            case_id=record.case_id,
            tracking_number=record.tracking_number,
            received_at=RECEIVED_AT,
            revision=1,
            **given,
        ),
    )


def test_a_line_has_the_keys_that_training_reads() -> None:
    assert line(subject="投诉", part="random") == {
        "text": "收银员态度差",
        "subject": "投诉",
        "kind": "complaint",
        "primary": "service",
        "secondary": ["price"],
        "safety": False,
        "dissatisfaction": 2,
        "drawn_by": "random",
    }


def test_no_line_says_who_wrote_it() -> None:
    found = line("我是欧阳明月，电话13812340001，住朝阳区建国路88号3单元502室，收银员态度差", subject="欧阳明月的投诉")

    assert found is not None
    assert not [word for word in ("欧阳明月", "13812340001", "3单元502") if word in found["text"] + found["subject"]]


@pytest.mark.parametrize(
    ("fields", "drawn_by"),
    [
        ({"part": "random"}, "random"),
        ({"part": "disagreement"}, "disagreement"),
        ({"disagreement": True, "drawn_by": "uncertain"}, "disagreement"),
        ({"drawn_by": "by-hand"}, "uncertain"),
    ],
)
def test_only_what_was_drawn_by_chance_counts_as_random(fields: dict[str, Any], drawn_by: str) -> None:
    found = line(**fields)

    assert found is not None
    assert found["drawn_by"] == drawn_by


def test_what_nobody_decided_and_what_has_no_word_is_no_training_text() -> None:
    assert line(label=None) is None
    assert line("  ") is None
