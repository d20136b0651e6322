"""Twilio, described to the kit by its inbound SMS."""

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from pydantic import SecretStr

from connectors.phone import Phone
from connectors.phone.twilio import Twilio
from schemas.inbound import Inbound
from schemas.settings import TwilioSettings
from tests.connectors.conformance.case import (
    ACCOUNT,
    FIRST_WRONG,
    LAST_WRONG,
    NUMBER_KEY,
    NUMBERING,
    OTHER_ACCOUNT,
    PHONE,
    PSEUDONYM_KEY,
    STALE,
    UNSIGNED,
    WORDS,
    Break,
    Case,
)

BASE = "https://hooks.shop.example"
SIGNATURE = "x-twilio-signature"
TOKENS = ("token-that-signs-and-calls", "token-that-is-being-retired")
SETTINGS = TwilioSettings(
    account_sid="AC" + "0" * 32,
    auth_tokens=(SecretStr(TOKENS[0]), SecretStr(TOKENS[1])),
    public_base_url=BASE,
    export_path="standard contract filed 2026-10-01",
)
SMS = {
    "MessageSid": "SM" + "1" * 32,
    "AccountSid": SETTINGS.account_sid,
    "From": f"+86{PHONE}",
    "To": "+85230001234",
    "Body": f"{WORDS}, call {PHONE}.",
    "NumMedia": "0",
}


def resigned(of: Inbound, account: str = ACCOUNT) -> Inbound:
    """The delivery as Twilio signs it for the URL of this account: the URL, then every name and value, sorted."""
    pairs = parse_qsl(of.body.decode(errors="replace"), keep_blank_values=True)
    values: Mapping[str, set[str]] = {name: {value for key, value in pairs if key == name} for name, _ in pairs}
    text = f"{BASE}/webhooks/phone/{account}/sms"
    text += "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    made = base64.b64encode(hmac.digest(TOKENS[1].encode(), text.encode(), "sha1")).decode()
    return replace(of, account=account, headers={**of.headers, SIGNATURE: made})


def signed(body: bytes, at: datetime) -> Inbound:
    """A form as Twilio posts it."""
    form, source = "application/x-www-form-urlencoded", {"event": "sms"}
    return resigned(Inbound("phone", ACCOUNT, body, at, "gateway", at, form, headers={"?": ""}, source=source))


def _with_signature(of: Inbound, change: Callable[[str], str]) -> Inbound:
    return replace(of, headers={**of.headers, SIGNATURE: change(of.headers[SIGNATURE])})


def _other(character: str) -> str:
    return "A" if character != "A" else "B"


BREAKS: Mapping[str, Break] = {
    UNSIGNED: lambda of: replace(of, headers={"?": ""}),
    FIRST_WRONG: lambda of: _with_signature(of, lambda text: _other(text[0]) + text[1:]),
    LAST_WRONG: lambda of: _with_signature(of, lambda text: text[:-2] + _other(text[-2]) + text[-1]),
}
ABSENT = {
    STALE: "Twilio signs no time: a replay is the same MessageSid and so the same complaint, and one signature may come"
    " with one body only (Hook.single_use)"
}


def _form(**changes: str) -> bytes:
    """The SMS as a form; the words stand in it as they are, so that the kit can change them."""
    return urlencode(SMS | changes).replace(WORDS.replace(" ", "+"), WORDS).encode()


def twilio(kind: type[Twilio] = Twilio) -> Case:
    """SMS from outside the mainland."""
    return Case(
        Phone([kind(NUMBERING, {ACCOUNT: SETTINGS, OTHER_ACCOUNT: SETTINGS})]),
        _form(),
        signed,
        oversize=_form(Body=f"{WORDS} " + "坏" * 300_000),
        unknown_type=_form(MessageType="hologram", HologramUrl="https://example.com/1"),
        breaks=BREAKS,
        secrets=(NUMBER_KEY, PSEUDONYM_KEY, *TOKENS),
        label="twilio",
        moved=lambda of: resigned(of, OTHER_ACCOUNT),
        absent=ABSENT,
    )
