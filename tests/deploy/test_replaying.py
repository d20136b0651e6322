"""What `intake dead-letters replay` writes beside the record: every place it lay in before can be told."""

import hashlib
from datetime import UTC, datetime
from uuid import uuid4

from aiokafka import ConsumerRecord

from deploy.replaying import replay_headers
from schemas.records import DeadLetter
from schemas.wire import read_headers
from workers.runtime import replays

TOPIC = "complaints.deduplicated.v1"
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


def record(offset: int, headers: list[tuple[str, bytes]]) -> ConsumerRecord[bytes, bytes]:
    """A record as it lies in the topic."""
    return ConsumerRecord(TOPIC, 2, offset, 1_763_802_000_000, 0, b"case", b"{}", None, 4, 2, tuple(headers))


def letter(offset: int, attempt: int) -> DeadLetter:
    """The dead letter of that record."""
    return DeadLetter(
        dead_letter_id=uuid4(),
        stage="classify",
        source_topic=TOPIC,
        source_partition=2,
        source_offset=offset,
        error_class="ValueError",
        error="ValueError at understand",
        attempt=attempt,
        first_seen=AT,
        value_sha256=hashlib.sha256(b"{}").hexdigest(),
        value_bytes=2,
    )


def test_the_first_replay_names_the_place_of_the_record_alone() -> None:
    sent = read_headers(replay_headers(letter(7, 1), record(7, [("ce_id", b"a")])))

    assert sent["ce_id"] == "a"
    assert (sent[replays.ORIGINAL_PARTITION], sent[replays.ORIGINAL_OFFSET]) == ("2", "7")
    assert replays.REPLAY_OF not in sent


def test_a_replay_of_a_replay_names_the_first_place_and_the_last() -> None:
    first = replay_headers(letter(7, 1), record(7, []))
    second = replay_headers(letter(9, 2), record(9, first))
    third = replay_headers(letter(12, 3), record(12, second))

    for sent, last in ((read_headers(second), "9"), (read_headers(third), "12")):
        assert sent[replays.ORIGINAL_OFFSET] == "7"
        assert sent[replays.REPLAY_OF] == f"{TOPIC}/2/{last}"
    assert [name for name, _ in third].count(replays.REPLAY_OF) == 1
