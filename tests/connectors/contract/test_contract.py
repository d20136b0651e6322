"""The contract every connector passes (`connectors.contract.Connector`); channel tests hold only their oddities."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.registry import CONNECTORS
from schemas.errors import InvalidRequest, PayloadRejected
from schemas.identity import read_tracking_number
from schemas.inbound import ParsedComplaint
from tests.connectors.contract.examples import EXAMPLES, PHONE, Example

every_channel = pytest.mark.parametrize("of", EXAMPLES, ids=lambda example: example.connector.channel)


def read(of: Example, **changes: object) -> ParsedComplaint:
    [item] = of.connector.parse(replace(of.delivery, **changes))  # type: ignore[arg-type]
    assert isinstance(item, ParsedComplaint)
    return item


def test_every_registered_channel_is_an_example() -> None:
    assert {example.connector.channel for example in EXAMPLES} == set(CONNECTORS)


@every_channel
def test_redelivery_keeps_id_and_number(of: Example) -> None:
    first, again = read(of), read(of, ingested_at=of.delivery.ingested_at + timedelta(days=1))

    assert first.complaint.complaint_id == again.complaint.complaint_id
    assert first.complaint.tracking_number == again.complaint.tracking_number


@every_channel
def test_another_account_makes_another_complaint(of: Example) -> None:
    assert read(of).complaint.complaint_id != read(of, account="other").complaint.complaint_id


@every_channel
def test_other_content_under_the_same_source_id_is_another_complaint(of: Example) -> None:
    changed = of.body.replace(b"Milk", b"Bread")

    assert read(of).complaint.complaint_id != read(of, body=changed).complaint.complaint_id


@every_channel
@pytest.mark.parametrize("garbage", [b"", b"{}", b"<a/>", b"\xff\xfe", b"\0" * 100, b"[" * 100_000])
def test_garbage_is_rejected_and_never_crashes(of: Example, garbage: bytes) -> None:
    with pytest.raises((PayloadRejected, InvalidRequest)):
        of.connector.parse(of.make(garbage))


@every_channel
def test_times_come_from_the_delivery_and_are_aware(of: Example) -> None:
    complaint = read(of).complaint

    assert complaint.received_at == of.delivery.received_at
    assert complaint.ingested_at == of.delivery.ingested_at
    assert complaint.received_at.tzinfo is not None


@every_channel
def test_the_words_arrive_and_the_number_reads_back(of: Example) -> None:
    complaint = read(of).complaint

    assert "Milk is off" in complaint.text
    assert complaint.channel == of.connector.channel
    assert read_tracking_number(complaint.tracking_number) == complaint.tracking_number
    assert complaint.raw.size_bytes == len(of.body)


@every_channel
def test_reading_prints_nothing_a_customer_wrote(of: Example, capfd: pytest.CaptureFixture[str]) -> None:
    read(of)

    printed = capfd.readouterr()
    assert PHONE not in printed.out + printed.err
