"""When the auditor gives its consumer up: for records that lie there and do not arrive, never for a quiet topic."""

import pytest
from aiokafka import TopicPartition

from workers.auditor.session import Look

QUIET, OTHER = TopicPartition("complaints.suspended.v1", 0), TopicPartition("complaints.received.v1", 2)


def look(stands: int, end: int) -> Look:
    """A look at a topic that is quiet but for this, beside one where nothing is left to read."""
    return Look({QUIET: stands, OTHER: 5}, {QUIET: end, OTHER: 5})


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (look(10, 10), look(10, 10)),  # nothing came
        (look(10, 10), look(10, 11)),  # the first record for a long time came just now
        (look(10, 12), look(12, 12)),  # all of it was read
        (look(10, 12), look(11, 15)),  # it reads, more comes
        (look(10, 12), look(10, 9)),  # the topic was made anew
        (Look({}, {}), look(0, 7)),  # the first look
    ],
)
def test_a_quiet_or_busy_topic_is_no_reason_to_begin_again(before: Look, now: Look) -> None:
    assert now.stuck_since(before) == ()


def test_records_that_were_there_a_look_ago_and_are_unread_are_named_by_their_topic() -> None:
    assert look(10, 11).stuck_since(look(10, 11)) == (QUIET.topic,)
    assert look(10, 20).stuck_since(look(10, 11)) == (QUIET.topic,)
