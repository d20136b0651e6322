"""Callbacks of Twilio for tests: a connector with accounts, and deliveries it believes.

The signature is made here by hand, from Twilio's page on security, not with the library the connector uses.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

from pydantic import SecretStr

from connectors.contract import Answer, Numbering
from connectors.phone.twilio import Twilio
from schemas.inbound import Inbound, ParsedItem
from schemas.settings.twilio import TwilioSettings

BASE = "https://hooks.shop.example"
TOKEN, RETIRED = "auth-token-in-use-0001", "auth-token-retired-0000"
MOMENT = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
ACCOUNT_SID = "AC" + "0" * 32
NUMBERING = Numbering(b"0123456789abcdef0123456789abcdef")
CALLER, OURS = "+85251234567", "+85230001234"


def settings(**changes: object) -> TwilioSettings:
    """An account that works."""
    return TwilioSettings.model_validate(
        {
            "account_sid": ACCOUNT_SID,
            "auth_tokens": (SecretStr(TOKEN), SecretStr(RETIRED)),
            "public_base_url": BASE,
            "numbers": (OURS, "whatsapp:+85230009999"),
            "export_path": "standard contract filed 2026-10-01",
        }
        | changes
    )


ACCOUNTS = {
    "a1": settings(),
    "en": settings(languages={"en": {"say": "en-US", "speech": "en-US"}}),
    "sha256": settings(signing_keys=(SecretStr("shared-key-secret-0001"),), algorithm="HMAC_SHA256"),
    "no-path": settings(export_path=None),
    "disabled": settings(enabled=False),
}
TWILIO = Twilio(NUMBERING, ACCOUNTS)


def signature(secret: str, url: str, parameters: Mapping[str, list[str]], algorithm: str = "sha1") -> str:
    """The signature Twilio sends: the URL, then each name with its values, sorted."""
    text = url + "".join(name + one for name in sorted(parameters) for one in sorted(set(parameters[name])))
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), algorithm)).decode()


def callback(
    event: str, body: bytes | Mapping[str, str], account: str = "a1", secret: str = TOKEN, at: datetime = MOMENT
) -> Inbound:
    """A form as Twilio posts it to an account's URL of an event."""
    raw = body if isinstance(body, bytes) else urlencode(body).encode()
    parameters: dict[str, list[str]] = {}
    for name, value in parse_qsl(raw.decode(errors="replace"), keep_blank_values=True):
        parameters.setdefault(name, []).append(value)
    made = signature(secret, f"{BASE}/webhooks/phone/{account}/{event}", parameters)
    return Inbound(
        channel="phone",
        account=account,
        body=raw,
        received_at=at,
        received_at_source="gateway",
        ingested_at=at,
        content_type="application/x-www-form-urlencoded",
        headers={"x-twilio-signature": made, "?": ""},
        source={"event": event},
    )


def json_callback(event: str, body: bytes, stated: str | None = None) -> Inbound:
    """A JSON body with its hash in the query."""
    query = f"bodySHA256={stated or hashlib.sha256(body).hexdigest()}"
    made = signature(TOKEN, f"{BASE}/webhooks/phone/a1/{event}?{query}", {})
    headers = {"x-twilio-signature": made, "?": query}
    return Inbound(
        "phone", "a1", body, MOMENT, "gateway", MOMENT, "application/json", headers=headers, source={"event": event}
    )


def sms(**changes: str) -> dict[str, str]:
    """An SMS as Twilio describes it."""
    sid = "SM" + "1" * 32
    return {
        "ToCountry": "HK",
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": ACCOUNT_SID,
        "From": CALLER,
        "To": OURS,
        "Body": "牛奶过期了，要求退款",
        "NumMedia": "0",
        "NumSegments": "1",
        "ApiVersion": "2010-04-01",
    } | changes


def call(**changes: str) -> dict[str, str]:
    """What every callback of a call holds."""
    return {
        "CallSid": "CA" + "2" * 32,
        "AccountSid": ACCOUNT_SID,
        "From": CALLER,
        "To": OURS,
        "CallStatus": "in-progress",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
    } | changes


def read(event: str, body: bytes | Mapping[str, str], account: str = "a1") -> list[ParsedItem]:
    """What becomes of a genuine callback."""
    return TWILIO.parse(callback(event, body, account))


def answer(event: str, body: Mapping[str, str], account: str = "a1") -> Answer:
    """What Twilio hears."""
    hook = TWILIO.hook(account, event)
    assert hook is not None
    assert not isinstance(hook.answer, Answer)
    return hook.answer(callback(event, body, account))
