"""Every connector of the product. A new channel adds one entry."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from pydantic import SecretStr

from connectors.imap import Mail
from connectors.web import Web
from connectors.webhook import Webhook
from connectors.webhook.signature import sign
from connectors.wechat import WeChat
from deploy.vendors.wechat_pushes import Mode, Server, message, push_xml
from schemas.inbound import Inbound
from schemas.settings import WebhookSettings, WeChatSettings
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
    Case,
)
from tests.connectors.conformance.phone_cases import aliyun_calls, aliyun_sms, tencent_calls, tencent_sms
from tests.connectors.conformance.regulator_cases import regulator
from tests.connectors.conformance.twilio_cases import twilio

TEXT = f"{WORDS}, call {PHONE}."
LONG = f"{WORDS} " + "坏" * 300_000
SECRETS = {"old": "secret-that-is-being-retired", "new": "secret-that-replaces-the-old"}
WEBHOOK = WebhookSettings(secrets={name: SecretStr(secret) for name, secret in SECRETS.items()})


def _delivered(channel: str, content_type: str, source: dict[str, str]) -> Callable[[bytes, datetime], Inbound]:
    return lambda body, at: Inbound(channel, ACCOUNT, body, at, "gateway", at, content_type, source=source)


def mail() -> Case:
    """Mailboxes: the provider is believed, nothing is signed to us."""
    head = b"From: a@b.example\r\nMessage-ID: <1@b>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    return Case(
        Mail(NUMBERING, ["service@shop.example"]),
        head + TEXT.encode(),
        _delivered("email", "message/rfc822", {"uid": "1", "uidvalidity": "1"}),
        oversize=head + LONG.encode(),
        unknown_type=head.replace(b"text/plain", b"application/x-never-heard-of") + TEXT.encode(),
    )


def web() -> Case:
    """Posts of the API: whoever wants may complain, nothing is signed."""
    return Case(
        Web(NUMBERING, PSEUDONYM_KEY.encode()),
        json.dumps({"text": TEXT, "sender": {"phones": [PHONE]}}).encode(),
        _delivered("web", "application/json", {"kind": "api", "client": "c", "idempotency_key": f"order-{PHONE}"}),
        oversize=json.dumps({"text": LONG}).encode(),
    )


def signed(body: bytes, at: datetime, secret: str = SECRETS["new"]) -> Inbound:
    """An event as a system delivers it that knows the secret."""
    timestamp = str(int(at.timestamp()))
    headers = {"x-timestamp": timestamp, "x-signature": sign(secret, timestamp, body)}
    return Inbound("webhook", ACCOUNT, body, at, "gateway", at, "application/json", headers=headers)


def with_signature(of: Inbound, change: Callable[[str], str]) -> Inbound:
    """The same delivery with another signature."""
    return replace(of, headers={**of.headers, "x-signature": change(of.headers["x-signature"])})


def flipped(digit: str) -> str:
    """Another hexadecimal digit."""
    return "1" if digit == "0" else "0"


def webhook(kind: type[Webhook] = Webhook) -> Case:
    """Signed JSON events."""
    event = {"id": f"order-{PHONE}", "text": TEXT, "sender": {"phones": [PHONE]}}
    return Case(
        kind(NUMBERING, PSEUDONYM_KEY.encode(), {ACCOUNT: WEBHOOK, OTHER_ACCOUNT: WEBHOOK}),
        json.dumps(event).encode(),
        signed,
        oversize=json.dumps(event | {"text": LONG}).encode(),
        unknown_type=json.dumps({"id": "1", "type": "refund.asked", "note": TEXT}).encode(),
        breaks={
            UNSIGNED: lambda of: replace(of, headers={}),
            FIRST_WRONG: lambda of: with_signature(of, lambda text: flipped(text[0]) + text[1:]),
            LAST_WRONG: lambda of: with_signature(of, lambda text: text[:-1] + flipped(text[-1])),
            STALE: lambda of: replace(of, received_at=of.received_at + WEBHOOK.freshness + timedelta(seconds=1)),
        },
        secrets=(NUMBER_KEY, PSEUDONYM_KEY, *SECRETS.values()),
    )


SERVER = Server("/webhooks/wechat/main", "wx-conformance", "token-of-the-conformance-kit", "k" * 43, Mode.SAFE)
WECHAT = WeChatSettings(app_id=SERVER.app_id, token=SecretStr(SERVER.token), aes_key=SecretStr(SERVER.aes_key))


def pushed(body: bytes, at: datetime) -> Inbound:
    """A message as WeChat encrypts, signs and delivers it."""
    call = push_xml(SERVER, body, at, nonce="260774613")
    query = {f"?{name}": text for name, text in parse_qsl(urlsplit(call.path).query) if name != "openid"}
    return Inbound("wechat", ACCOUNT, call.body, at, "gateway", at, "text/xml", headers=query)


def _with_msg_signature(of: Inbound, change: Callable[[str], str]) -> Inbound:
    return replace(of, headers={**of.headers, "?msg_signature": change(of.headers["?msg_signature"])})


def wechat(kind: type[WeChat] = WeChat) -> Case:
    """Official accounts in safe mode: encrypted, and signed with the body."""
    common = {"ToUserName": "gh_1", "FromUserName": "oConformance", "CreateTime": "1795141299"}
    text = common | {"MsgType": "text", "MsgId": "4561255354251345929", "Content": TEXT}
    unknown = common | {"MsgType": "never_heard_of", "MsgId": "4561255354251345930", "Note": TEXT}
    return Case(
        kind(NUMBERING, PSEUDONYM_KEY.encode(), {ACCOUNT: WECHAT, OTHER_ACCOUNT: WECHAT}),
        message(text),
        pushed,
        oversize=message(text | {"Content": LONG}),
        unknown_type=message(unknown),
        breaks={
            UNSIGNED: lambda of: replace(of, headers={}),
            FIRST_WRONG: lambda of: _with_msg_signature(of, lambda given: flipped(given[0]) + given[1:]),
            LAST_WRONG: lambda of: _with_msg_signature(of, lambda given: given[:-1] + flipped(given[-1])),
            STALE: lambda of: replace(of, received_at=of.received_at + WECHAT.freshness + timedelta(seconds=1)),
        },
        secrets=(NUMBER_KEY, PSEUDONYM_KEY, SERVER.token, SERVER.aes_key),
    )


CASES = (
    mail(),
    web(),
    webhook(),
    wechat(),
    aliyun_sms(),
    tencent_sms(),
    aliyun_calls(),
    tencent_calls(),
    twilio(),
    regulator(),
)
