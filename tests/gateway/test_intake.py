"""The one intake path: everything that comes in is durable, read or not, once under one number."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.fit import MAX_VALUE_BYTES, fitted
from connectors.rounds import Rounds
from connectors.web.errors import InvalidFields
from gateway import durable_log as durable_log_module
from gateway.intake import INLINE_PARSE_BYTES, IntakePath
from infra.objects import LocalFolder
from schemas.complaint import Complaint
from schemas.envelope import Envelope, attachment_key, envelope_key, raw_key
from schemas.errors import NotDurable, PayloadRejected, Reason
from schemas.identity import sender_key
from schemas.inbound import Inbound, ParsedComplaint, ParsedItem, SuspendedItem, UploadedFile
from schemas.records import RawDelivery, Suspended
from schemas.topics import DELIVERIES_RAW, RECEIVED, SUSPENDED
from schemas.wire import Message, Naming, read_headers
from tests.gateway.memory_log import MemoryLog
from tests.gateway.parts import NOW, NUMBERING, PSEUDONYM_KEY, WEB, durable_log, intake_path, post
from tests.waiting import until

BODY = json.dumps({"text": "牛奶过期", "sender": {"phones": ["13800138000"], "emails": ["li@example.com"]}}).encode()


class Odd:
    """A connector that does what the test says."""

    channel = "odd"

    def __init__(self, result: Exception | Sequence[ParsedItem]) -> None:
        self._result = result

    def parse(self, inbound: Inbound) -> Sequence[ParsedItem]:
        """Raise or return it."""
        if isinstance(self._result, Exception):
            raise self._result
        return self._result


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


async def test_a_post_becomes_its_bytes_and_its_complaint_in_one_round(log: MemoryLog, tmp_path: Path) -> None:
    async with intake_path(log, tmp_path) as intake:
        receipt = await intake.receive(post(BODY), WEB)

    [raw_message, message] = log.messages
    raw = RawDelivery.model_validate_json(raw_message.value)
    complaint = Complaint.model_validate_json(message.value)
    [item] = receipt.items
    assert log.tries == 1
    assert (raw_message.topic, message.topic) == (DELIVERIES_RAW.name, RECEIVED.name)
    assert (item.complaint_id, item.tracking_number) == (complaint.complaint_id, complaint.tracking_number)
    assert raw.complaint_ids == (complaint.complaint_id,)
    assert complaint.raw.delivery_id == raw.delivery_id == receipt.delivery_id
    assert message.key.decode() == sender_key(PSEUDONYM_KEY, complaint)
    assert raw_message.key.decode() == str(raw.delivery_id)


async def test_headers_and_keys_hold_no_personal_data(log: MemoryLog, tmp_path: Path) -> None:
    async with intake_path(log, tmp_path) as intake:
        await intake.receive(post(BODY), WEB)

    for message in log.messages:
        seen = f"{message.key!r}{message.headers!r}"
        assert "13800138000" not in seen
        assert "li@example.com" not in seen


async def test_the_callers_trace_goes_on_and_a_malformed_one_is_replaced(log: MemoryLog, tmp_path: Path) -> None:
    given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with intake_path(log, tmp_path) as intake:
        await intake.receive(replace(post(BODY), headers={"traceparent": given}), WEB)
        await intake.receive(replace(post(BODY, key="2"), headers={"traceparent": "evil\n"}), WEB)

    traces = [read_headers(message.headers)["traceparent"] for message in log.messages]
    assert traces[:2] == [given, given]
    assert traces[2] == traces[3] != given
    assert len(traces[2]) == len(given)


async def test_attachments_are_stored_before_the_record_refers_to_them(log: MemoryLog, tmp_path: Path) -> None:
    async with intake_path(log, tmp_path) as intake:
        await intake.receive(post(BODY, files=(UploadedFile("a.jpg", "image/jpeg", b"\xff\xd8picture"),)), WEB)

    complaint = Complaint.model_validate_json(log.messages[1].value)
    [attachment] = complaint.attachments
    assert attachment.state == "stored"
    assert attachment.object_key == attachment_key(complaint.complaint_id, attachment.attachment_id)
    assert await LocalFolder(tmp_path / "objects").get(attachment.object_key) == b"\xff\xd8picture"
    [part] = RawDelivery.model_validate_json(log.messages[0].value).parts
    assert part.object_key == attachment.object_key


async def test_large_bytes_travel_by_reference(log: MemoryLog, tmp_path: Path) -> None:
    body = BODY + b" " * 300_000
    assert len(body) > INLINE_PARSE_BYTES

    async with intake_path(log, tmp_path) as intake:
        await intake.receive(post(body), WEB)

    raw = RawDelivery.model_validate_json(log.messages[0].value)
    assert raw.body_base64 is None
    assert raw.object_key == raw_key(raw.received_at, raw.delivery_id)
    assert await LocalFolder(tmp_path / "objects").get(raw.object_key) == body


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (PayloadRejected(Reason.TOO_DEEP, "51 levels"), Reason.TOO_DEEP),
        (RecursionError("quotes 13800138000"), Reason.PARSER_CRASHED),
        (KeyError("quotes 13800138000"), Reason.PARSER_CRASHED),
    ],
)
async def test_what_cannot_be_read_is_suspended_with_its_bytes(
    log: MemoryLog, tmp_path: Path, failure: Exception, reason: Reason
) -> None:
    async with intake_path(log, tmp_path) as intake:
        receipt = await intake.receive(post(b"\x00\xff"), Odd(failure))

    [item] = receipt.items
    assert item.reason is reason
    [message] = log.on(SUSPENDED.name)
    record = Suspended.model_validate_json(message.value)
    assert record.reason == reason
    assert record.tracking_number == item.tracking_number
    assert record.raw.object_key is not None
    assert await LocalFolder(tmp_path / "objects").get(record.raw.object_key) == b"\x00\xff"
    assert b"13800138000" not in message.value


async def test_the_reply_address_of_a_suspended_item_is_in_the_envelope_only(log: MemoryLog, tmp_path: Path) -> None:
    item = SuspendedItem(0, Reason.UNREADABLE, "broken", "source", "hash", reply_to="li@example.com")
    async with intake_path(log, tmp_path) as intake:
        await intake.receive(post(b"?"), Odd([item]))

    record = Suspended.model_validate_json(log.on(SUSPENDED.name)[0].value)
    assert record.has_reply_address
    assert record.raw.delivery_id is not None
    stored = await LocalFolder(tmp_path / "objects").get(envelope_key(record.received_at, record.raw.delivery_id))
    [note] = Envelope.model_validate_json(stored).suspended
    assert (note.suspended_id, note.reply_to) == (record.suspended_id, "li@example.com")
    assert b"li@example.com" not in log.on(SUSPENDED.name)[0].value


async def test_a_mail_that_was_never_fetched_gets_a_number_of_its_own(log: MemoryLog, tmp_path: Path) -> None:
    def mail(uid: str) -> Inbound:
        return replace(post(b""), channel="email", source={"uid": uid, "uidvalidity": "1"})

    async with intake_path(log, tmp_path) as intake:
        receipts = [await intake.suspend(mail(uid), Reason.FETCH_FAILED, "5 tries") for uid in ("1", "2", "1")]

    one, two, again = (receipt.items[0].tracking_number for receipt in receipts)
    assert one == again != two


async def test_two_senders_of_the_same_unreadable_bytes_get_two_numbers(log: MemoryLog, tmp_path: Path) -> None:
    broken = Odd(PayloadRejected(Reason.UNREADABLE, "broken"))
    async with intake_path(log, tmp_path) as intake:
        first = await intake.receive(post(b"?", key="1"), broken)
        other = await intake.receive(post(b"?", key="2"), broken)
        again = await intake.receive(post(b"?", key="1"), broken)

    assert first == again
    assert first.items[0].complaint_id != other.items[0].complaint_id


async def test_what_the_sender_can_mend_is_not_stored(log: MemoryLog, tmp_path: Path) -> None:
    async with intake_path(log, tmp_path) as intake:
        with pytest.raises(InvalidFields):
            await intake.receive(post(b'{"text": " "}'), WEB)

    assert log.messages == []
    assert not list((tmp_path / "objects").rglob("*raw"))


async def test_without_kafka_and_spool_nothing_is_promised(log: MemoryLog, tmp_path: Path) -> None:
    async with intake_path(log, tmp_path, max_bytes=10) as intake:
        log.away = True

        with pytest.raises(NotDurable):
            await intake.receive(post(BODY), WEB)


async def test_a_disk_that_cannot_keep_attachments_is_not_durable(log: MemoryLog, tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / "complaints").write_bytes(b"a file where a folder must be")
    async with intake_path(log, tmp_path) as intake:
        with pytest.raises(NotDurable):
            await intake.receive(post(BODY, files=(UploadedFile("a", "image/png", b"x"),)), WEB)

    assert log.messages == []


async def test_a_client_that_disconnects_does_not_leave_half_a_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, gate = MemoryLog(), asyncio.Event()
    kept = log.append

    async def slow(messages: Sequence[Message]) -> None:
        await gate.wait()
        await kept(messages)

    async with intake_path(log, tmp_path) as intake:
        monkeypatch.setattr(log, "append", slow)
        request = asyncio.create_task(intake.receive(post(BODY), WEB))
        await until(lambda: intake._under_way)
        request.cancel()
        gate.set()

    assert [message.topic for message in log.messages] == [DELIVERIES_RAW.name, RECEIVED.name]


async def test_a_broker_with_a_small_limit_gets_references_and_the_number_stays_valid(
    log: MemoryLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable_log_module, "RETRY_EVERY", durable_log_module.RETRY_EVERY / 100)
    body = json.dumps({"text": "长" * 5_000, "sender": {"emails": ["li@example.com"]}}, ensure_ascii=False).encode()
    log.limit_bytes = 4_000
    async with intake_path(log, tmp_path) as intake:
        receipt = await intake.receive(post(body), WEB)
        small = await intake.receive(post(BODY, key="2"), WEB)
        await until(lambda: intake.health().facts["durable"] == "kafka")

    [record] = [Suspended.model_validate_json(one.value) for one in log.on(SUSPENDED.name)]
    assert record.tracking_number == receipt.items[0].tracking_number
    assert record.reason == Reason.TOO_LARGE
    assert record.raw.object_key is not None
    assert await LocalFolder(tmp_path / "objects").get(record.raw.object_key) == body
    [complaint] = [Complaint.model_validate_json(one.value) for one in log.on(RECEIVED.name)]
    assert complaint.complaint_id == small.items[0].complaint_id


async def test_a_large_delivery_that_is_read_at_last_keeps_the_address_of_its_promise(
    log: MemoryLog, tmp_path: Path
) -> None:
    rounds = Rounds(Naming(), NUMBERING, PSEUDONYM_KEY, inline_bytes=10)
    objects, delivery = LocalFolder(tmp_path / "objects"), post(BODY, reply_to="li@example.com")
    async with IntakePath(rounds, durable_log(log, tmp_path), objects) as intake:
        await intake.suspend(delivery, Reason.FETCH_FAILED, "given up after 5 tries")
        await intake.receive(delivery, WEB)

    [record] = [Suspended.model_validate_json(one.value) for one in log.on(SUSPENDED.name)]
    assert record.raw.delivery_id is not None
    envelope = Envelope.model_validate_json(await objects.get(envelope_key(NOW, record.raw.delivery_id)))
    assert [note.reply_to for note in envelope.suspended] == ["li@example.com"]


@pytest.mark.parametrize("inline_bytes", [256 * 1024, 10], ids=["inline", "by reference"])
async def test_what_a_broker_refuses_for_its_size_keeps_its_reply_address(
    log: MemoryLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inline_bytes: int
) -> None:
    monkeypatch.setattr(durable_log_module, "RETRY_EVERY", durable_log_module.RETRY_EVERY / 100)
    body = json.dumps({"text": "长" * 2_000, "sender": {"emails": ["li@example.com"]}}, ensure_ascii=False).encode()
    log.limit_bytes = 4_000
    rounds = Rounds(Naming(), NUMBERING, PSEUDONYM_KEY, inline_bytes)
    objects = LocalFolder(tmp_path / "objects")
    async with IntakePath(rounds, durable_log(log, tmp_path), objects) as intake:
        await intake.receive(post(body), WEB)
        await until(lambda: intake.health().facts["durable"] == "kafka")

    [record] = [Suspended.model_validate_json(one.value) for one in log.on(SUSPENDED.name)]
    assert record.raw.delivery_id is not None
    envelope = Envelope.model_validate_json(await objects.get(envelope_key(NOW, record.raw.delivery_id)))
    assert [(note.suspended_id, note.reply_to) for note in envelope.suspended] == [
        (record.suspended_id, "li@example.com")
    ]


def test_a_complaint_is_cut_to_the_size_of_a_record_and_says_so() -> None:
    [parsed] = WEB.parse(post(BODY))
    assert isinstance(parsed, ParsedComplaint)
    raw = parsed.complaint.raw.model_copy(update={"size_bytes": 10**6})
    large = parsed.complaint.model_copy(update={"text": "\x01" * 60_000, "quoted_text": "q" * 100, "raw": raw})

    cut = fitted(large)

    assert cut is not None
    assert cut.truncated
    assert cut.quoted_text is None
    assert len(cut.to_json()) <= MAX_VALUE_BYTES
    assert cut.tracking_number == large.tracking_number
    assert fitted(large.model_copy(update={"subject": "s" * MAX_VALUE_BYTES})) is None


def test_the_intake_path_is_ready_as_its_durable_log_is(tmp_path: Path) -> None:
    intake: IntakePath = intake_path(MemoryLog(), tmp_path)

    assert not intake.health().ready, "not before it was opened"
