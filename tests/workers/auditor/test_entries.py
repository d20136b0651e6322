"""What the ledger keeps of a record is read from what the product really writes, and reading never fails."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.rounds import Rounds
from schemas.errors import Reason
from schemas.inbound import SuspendedItem, UploadedFile
from schemas.outcomes import OutboxResult, Outcome
from schemas.records import AssignmentKind, DeadLetter, Suspended, Verdict
from schemas.tables.auditor import Kind
from schemas.topics import (
    ACKNOWLEDGED,
    CLASSIFIED,
    COMMANDS,
    DEAD_LETTER,
    DEDUPLICATED,
    DELIVERIES_RAW,
    ESCALATED,
    RECEIVED,
    SUSPENDED,
)
from schemas.wire import REPLAY_STAGE, Message, Naming
from tests.gateway.parts import NUMBERING, PSEUDONYM_KEY, WEB, post
from tests.schemas.filled import filled
from tests.schemas.making import complaint, deduplicated
from tests.workers.pieces import TOKEN_KEYS
from tests.workers.route.pieces import PACK, STAGE, classified
from workers.alarm import Alarm
from workers.alarm.deciding import as_escalation, raise_alarm
from workers.alarm.stage import Alarmed
from workers.auditor.entries import UNREADABLE, Entry, moment, reader_of
from workers.classify import ClassifyStage, RuleUnderstander
from workers.classify.sensing import DangerSense
from workers.confirm import Confirm, Confirmed
from workers.deduplicate import Deduplicate, Windows
from workers.deduplicate.prints import Printer
from workers.deduplicate.stage import Placed
from workers.route.decision import Routed
from workers.runtime.driver import incoming
from workers.runtime.encoding import Encoder
from workers.runtime.outcome import Outgoing
from workers.runtime.stage import Emit, Incoming
from workers.text.safety import Sign

ROUNDS = Rounds(Naming(), NUMBERING, PSEUDONYM_KEY, 256 * 1024)
ID = "6f0b5b2e-6c0e-5b43-9a50-0d8f6b1f2a11"


def entry(topic: str, value: bytes, **headers: bytes) -> Entry:
    """What is read of a record with these headers."""
    return reader_of(topic)(headers, value)


def of_message(one: Message | Outgoing) -> Entry:
    """What is read of a record the product wrote."""
    return reader_of(one.topic)(dict(one.headers), one.value)


def written(item: Incoming[Any], emits: Sequence[Emit]) -> list[Outgoing]:
    """What a stage wrote, as it travels."""
    return list(Encoder(Naming()).encode(item, emits))


def test_a_delivery_names_the_complaints_that_were_read_from_it() -> None:
    inbound = post('{"text": "买的\\"complaint_ids\\":[]牛奶过期了"}'.encode())
    made = ROUNDS.make(inbound, WEB.parse(inbound))
    [raw, received] = made.messages

    [number] = [str(item.complaint_id) for item in made.receipt.items]

    assert of_message(raw) == Entry(str(made.receipt.delivery_id), items=(number,))
    assert of_message(received) == Entry(number)


def test_a_delivery_names_what_could_not_be_read_too() -> None:
    inbound = post(b"{")
    item = SuspendedItem(0, Reason.UNREADABLE, "no JSON", "source", "hash")
    made = ROUNDS.make(inbound, [item])
    [raw, suspended] = made.messages

    number = str(made.receipt.items[0].complaint_id)

    assert of_message(raw).items == (number,)
    assert of_message(suspended) == Entry(number)


def test_a_complaint_names_its_stored_files() -> None:
    file = UploadedFile("牛奶.png", "image/png", b"\x89PNG\r\n\x1a\n")
    inbound = post(b'{"text": "milk"}', files=(file,))
    made = ROUNDS.make(inbound, WEB.parse(inbound))

    [received] = [one for one in made.messages if one.topic == RECEIVED.name]

    [(key, _)] = [one for one in made.objects if "/attachments/" in one[0]]
    assert of_message(received).items == (key.rpartition("/")[2],)


@pytest.mark.parametrize("revision", [1, 12])
def test_every_stage_says_whose_revision_it_wrote(revision: int) -> None:
    stage = Deduplicate(Printer(PSEUDONYM_KEY, TOKEN_KEYS), Windows(timedelta(days=45), timedelta(minutes=30)))
    placed = Placed(case_id=UUID(ID), case_seq=1, verdict=Verdict.NEW)
    one, two = incoming(complaint(revision=revision)), incoming(deduplicated(revision=revision))
    classify = ClassifyStage(RuleUnderstander(PACK))

    made = written(one, stage.emit(one, placed)) + written(two, classify.decide(two))

    expected = Entry(str(one.record.complaint_id), revision)
    assert [(out.topic, of_message(out)) for out in made] == [
        (DEDUPLICATED.name, expected), (CLASSIFIED.name, expected)
    ]  # fmt: skip


def test_the_responsible_department_is_told_from_copies() -> None:
    item = incoming(classified("1", revision=3))
    routed = Routed(
        kind=AssignmentKind.OPENED, department="quality", rule_id="r", copies=("finance",), review=True, policy="p@1"
    )

    made = {out.topic: of_message(out) for out in written(item, STAGE.emit(item, routed))}

    subject = str(item.record.complaint_id)
    assert made == {
        "departments.quality.v1": Entry(subject, 3),
        "departments.finance.v1": Entry(subject, 3, Kind.COPY),
        "complaints.review.v1": Entry(subject, 3),
    }


def test_a_safety_alarm_is_told_from_what_route_raises() -> None:
    one = complaint(revision=2)
    alarm = raise_alarm(PACK, one, [Sign("safety.illness", "身体不适")], one.received_at, None)
    [out] = written(
        incoming(one), Alarm(PACK, DangerSense(PACK), PSEUDONYM_KEY).emit(incoming(one), Alarmed(raised=alarm))
    )
    of_route = as_escalation(one, alarm).model_copy(update={"level": None})

    assert of_message(out) == Entry(str(one.complaint_id), 2, Kind.ALARM)
    assert entry(ESCALATED.name, as_escalation(one, alarm).to_json()) == of_message(out)
    assert entry(ESCALATED.name, of_route.to_json()) == Entry(str(one.complaint_id), 2)


def test_an_acknowledgement_belongs_to_its_complaint() -> None:
    item = incoming(filled(OutboxResult))
    [out] = written(item, Confirm(timedelta(days=1)).emit(item, Confirmed(outcome=Outcome.SENT, in_time=True)))

    assert (out.topic, of_message(out)) == (ACKNOWLEDGED.name, Entry(str(item.record.complaint_id)))


@pytest.mark.parametrize(
    ("state", "kind"), [("open", Kind.RECORD), ("replayed", Kind.REPLAYED), ("discarded", Kind.DISCARDED)]
)
def test_the_end_of_a_suspended_item_and_of_a_dead_letter_is_told(state: str, kind: Kind) -> None:
    item = filled(Suspended).model_copy(update={"state": state, "resolution": f"{ID}, {ID}"})
    letter = filled(DeadLetter).model_copy(update={"state": state})

    of_item, of_letter = entry(SUSPENDED.name, item.to_json()), entry(DEAD_LETTER.name, letter.to_json())

    became = (ID, ID) if state == "replayed" else ()
    assert of_item == Entry(str(item.suspended_id), 1, kind, became)
    assert of_letter[:3] == (str(letter.dead_letter_id), 1, kind)
    assert of_letter.letter is not None
    assert of_letter.letter.kind is kind


def test_what_was_sent_again_for_one_stage_is_marked() -> None:
    headers = {"ce_subject": ID.encode(), REPLAY_STAGE: b"route"}

    assert reader_of(CLASSIFIED.name)(headers, b"").kind is Kind.REPLAY
    assert reader_of(CLASSIFIED.name)({REPLAY_STAGE: b"route"}, b"unreadable") == Entry(None, kind=Kind.REPLAY)


def test_a_writer_without_our_headers_is_read_by_its_values() -> None:
    assert entry(RECEIVED.name, complaint(revision=2).to_json()) == Entry(str(complaint().complaint_id), 2)
    foreign = f'{{ "delivery_id": "{ID}", "complaint_ids" : ["{ID}", 7] }}'.encode()
    assert entry(DELIVERIES_RAW.name, foreign) == Entry(ID, items=(ID,))
    assert entry(DELIVERIES_RAW.name, b"no JSON") == UNREADABLE


def test_a_command_that_is_about_no_complaint_can_be_read() -> None:
    command = f'{{"command_id": "{ID}", "kind": "relink"}}'.encode()

    assert entry(COMMANDS.name, command) == Entry(ID)
    assert entry(COMMANDS.name, command, ce_subject=str(complaint().complaint_id).encode()) == Entry(
        str(complaint().complaint_id)
    )


@given(
    topic=st.sampled_from([RECEIVED.name, DELIVERIES_RAW.name, SUSPENDED.name, DEAD_LETTER.name, "departments.x.v1"]),
    value=st.one_of(
        st.binary(),
        st.sampled_from([b"[[" * 50_000, b'{"complaint_ids":[', b'{"kind":"a","department":"b","responsible":']),
    ),
    headers=st.dictionaries(st.sampled_from(["ce_subject", "ce_id", REPLAY_STAGE]), st.one_of(st.none(), st.binary())),
)
def test_nothing_that_lies_on_a_topic_makes_reading_fail(
    topic: str, value: bytes, headers: Mapping[str, bytes | None]
) -> None:
    read = reader_of(topic)(headers, value)

    assert read.subject is None or UUID(read.subject)


@pytest.mark.parametrize("claimed", [-(2**63), -1, 2**63 - 1])
def test_a_time_outside_every_calendar_is_the_nearest_inside(claimed: int) -> None:
    assert (
        datetime(1969, 1, 1, tzinfo=UTC) < datetime.fromisoformat(moment(claimed)) <= datetime(9999, 1, 1, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("said", "kind"),
    [({}, Kind.RECORD), ({"kind": "notice"}, Kind.MESSAGE), ({"kind": "reply"}, Kind.MESSAGE)],
)
def test_a_result_is_about_the_acknowledgement_or_about_another_message(said: dict[str, str], kind: Kind) -> None:
    record = filled(OutboxResult).model_copy(update={"kind": "acknowledgement"} | said)

    entry = reader_of("complaints.outbox-results.v1")({}, record.to_json())

    assert (entry.subject, entry.kind) == (str(record.complaint_id), kind)


def test_a_result_of_an_older_release_is_about_the_acknowledgement() -> None:
    subject = UUID(int=7)
    value = b'{"complaint_id":"%s","outcome":"sent"}' % str(subject).encode()

    assert reader_of("complaints.outbox-results.v1")({}, value).kind is Kind.RECORD
