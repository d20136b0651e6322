"""What is particular to signed JSON events; what they share with other channels is in the conformance kit."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from connectors.webhook import Webhook
from connectors.webhook.signature import sign
from schemas.complaint import MAX_TEXT_CHARS, Complaint
from schemas.errors import NotGenuine, PayloadRejected, Reason
from schemas.inbound import Inbound
from schemas.settings import WebhookSettings
from tests.gateway.parts import NOW, NUMBERING, PSEUDONYM_KEY

SAMPLES = Path(__file__).parent / "samples"
OLD, NEW = "secret-that-is-being-retired", "secret-that-replaces-the-old"
SETTINGS = WebhookSettings(secrets={"k1": SecretStr(OLD), "k2": SecretStr(NEW)})
WEBHOOK = Webhook(NUMBERING, PSEUDONYM_KEY, {"crm": SETTINGS})
EVENT = {"id": "1", "text": "牛奶过期"}


def delivery(event: Any, secret: str = NEW, at: datetime = NOW, **changes: Any) -> Inbound:
    """A signed event; `event` is bytes or a JSON value."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    timestamp = str(int(at.timestamp()))
    headers = {"x-timestamp": timestamp, "x-signature": sign(secret, timestamp, body)}
    return replace(Inbound("webhook", "crm", body, NOW, "gateway", NOW, headers=headers), **changes)


def read(of: Inbound, connector: Webhook = WEBHOOK) -> Complaint:
    """The one complaint of a delivery."""
    [parsed] = connector.parse(of)
    return parsed.complaint


def test_the_signature_is_hmac_sha256_over_timestamp_dot_body() -> None:
    made = sign("key", "1492774577", b"{}")  # recomputed: printf '1492774577.{}' | openssl dgst -sha256 -hmac key

    assert made == "55f4ffc8aaa36e49d23212388d70746481c70a70b2650900216c95232d558cd7"


def test_all_fields_of_an_event_arrive() -> None:
    found = read(delivery((SAMPLES / "complaint.json").read_bytes()))

    assert found.sender is not None
    assert (found.sender.name, found.sender.phones, found.sender.emails) == (
        "王芳",
        ("+8613800001234",),
        ("wang.fang@example.com",),
    )
    assert (found.subject, found.stated.store, found.stated.order_no) == ("冰箱门封条开裂", "中山路店", "20261108-0031")
    assert (found.entry, found.submitted_by.role, found.language) == ("push", "system", "zh-Hans")
    assert found.sent_at == datetime(2026, 11, 20, 2, 21, 38, tzinfo=UTC)
    assert found.sender.proofs == {}


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_each_secret_of_a_rotation_verifies(secret: str) -> None:
    assert read(delivery(EVENT, secret)).text == "牛奶过期"


def test_a_retired_secret_does_not_verify() -> None:
    after = Webhook(NUMBERING, PSEUDONYM_KEY, {"crm": WebhookSettings(secrets={"k2": SecretStr(NEW)})})

    with pytest.raises(NotGenuine):
        after.parse(delivery(EVENT, OLD))


@pytest.mark.parametrize("late", [timedelta(minutes=5), timedelta(minutes=-5)])
def test_a_timestamp_counts_as_fresh_up_to_the_window_before_and_after(late: timedelta) -> None:
    assert read(delivery(EVENT, at=NOW - late)).received_at == NOW
    with pytest.raises(NotGenuine):
        WEBHOOK.parse(delivery(EVENT, at=NOW - late * 1.01))


@pytest.mark.parametrize("timestamp", ["", "-1", "1e9", "９", "9" * 13, "9" * 5000, "\ud800", "12 "])
def test_a_timestamp_that_is_no_number_of_seconds_is_refused_although_signed(timestamp: str) -> None:
    signed = {"x-timestamp": timestamp, "x-signature": sign(NEW, timestamp, b"{}")}

    with pytest.raises(NotGenuine):
        WEBHOOK.parse(delivery(b"{}", headers=signed))


@pytest.mark.parametrize("signature", ["", "sha256=", "é" * 64, "\ud800", "0" * 64])
def test_a_signature_of_any_form_is_refused_and_never_crashes(signature: str) -> None:
    spoiled = delivery(EVENT)

    with pytest.raises(NotGenuine):
        WEBHOOK.parse(replace(spoiled, headers={**spoiled.headers, "x-signature": signature}))


def test_names_of_headers_are_settings_and_github_s_prefix_is_taken() -> None:
    settings = SETTINGS.model_copy(update={"signature_header": "X-Hub-Signature-256", "timestamp_header": "X-Sent"})
    connector = Webhook(NUMBERING, PSEUDONYM_KEY, {"crm": settings})
    signed = delivery(EVENT).headers
    headers = {"x-sent": signed["x-timestamp"], "x-hub-signature-256": f"sha256={signed['x-signature']}"}

    assert read(delivery(EVENT, headers=headers), connector).text == "牛奶过期"


def test_a_delivery_to_another_account_is_refused() -> None:
    with pytest.raises(NotGenuine):
        WEBHOOK.parse(delivery(EVENT, account="shop"))


def test_what_the_sender_counts_up_from_try_to_try_does_not_make_another_complaint() -> None:
    first, again = (read(delivery(EVENT | {"attempt": number})) for number in (1, 2))

    assert first.complaint_id == again.complaint_id


def test_an_unknown_type_is_a_complaint_that_shows_the_event() -> None:
    found = read(delivery((SAMPLES / "unknown_type.json").read_bytes()))

    assert "送货员态度很差" in found.text
    assert found.warnings == ("unknown_type",)


def test_longer_text_is_cut_and_says_so() -> None:
    found = read(delivery(EVENT | {"text": "坏" * (MAX_TEXT_CHARS + 1)}))

    assert len(found.text) == MAX_TEXT_CHARS
    assert found.truncated


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ((SAMPLES / "empty.json").read_bytes(), Reason.EMPTY),
        ([EVENT], Reason.UNREADABLE),
        ({"text": "no id"}, Reason.UNREADABLE),
        (EVENT | {"at": "2026-11-20T10:21:38"}, Reason.UNREADABLE),
        (EVENT | {"at": "0001-01-01T00:00:00+14:00"}, Reason.UNREADABLE),
        (EVENT | {"sender": {"phones": ["1"] * 6}}, Reason.UNREADABLE),
        (b'{"id": "1", "text": NaN}', Reason.UNREADABLE),
    ],
)
def test_what_cannot_be_read_is_rejected_with_its_reason(event: Any, reason: Reason) -> None:
    with pytest.raises(PayloadRejected) as refused:
        WEBHOOK.parse(delivery(event))

    assert refused.value.reason == reason


def test_what_cannot_be_stored_is_replaced() -> None:
    assert read(delivery(b'{"id": "1", "text": "a\\u0000b\\ud800"}')).text == "a\ufffdb\ufffd"


def test_an_account_without_a_secret_of_16_characters_is_no_setting() -> None:
    with pytest.raises(ValidationError):
        WebhookSettings(secrets={})
    with pytest.raises(ValidationError):
        WebhookSettings(secrets={"k1": SecretStr("short")})
