"""Whatever is sent, the understander answers, and what it points at stands in the text."""

import json

from hypothesis import given
from hypothesis import strategies as st

from schemas.policy import load_pack
from schemas.records import Understanding
from tests.schemas.making import RECEIVED_AT
from tests.workers.classify.hostile import hostile, mixed
from workers.classify import Message, TextUnderstander, answer_line
from workers.classify.model import load_current

UNDERSTANDER = TextUnderstander(load_pack(), load_current())


def points_inside(text: str, found: Understanding) -> bool:
    spans = [(one.start, one.end) for one in found.evidence if one.start is not None and one.end is not None]
    spans += [(one.start, one.end) for values in found.fields.values() for one in values]
    return all(0 <= start <= end <= len(text) for start, end in spans)


def test_hostile_texts_of_a_megabyte_are_answered() -> None:
    for text in hostile():
        assert points_inside(text, UNDERSTANDER.understand(Message(text, received_at=RECEIVED_AT)))


def test_mixed_texts_are_answered_the_same_way_twice() -> None:
    for text in mixed(200, seed=7):
        message = Message(text, subject=text[:40], received_at=RECEIVED_AT)
        found = UNDERSTANDER.understand(message)

        assert points_inside(text, found)
        assert found == UNDERSTANDER.understand(message)


@given(st.text(max_size=300), st.text(max_size=40))
def test_any_text_gets_a_line_of_json(text: str, subject: str) -> None:
    answer = json.loads(answer_line(UNDERSTANDER, json.dumps({"id": text[:5], "text": text, "subject": subject})))

    assert answer["id"] == text[:5]
    assert abs(sum(one["p"] for one in answer["categories"]) - 1) < 0.01
