"""Pushes of the two vendors for tests: a connector with one account each, and deliveries it believes."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path

from pydantic import SecretStr

from connectors.contract import Numbering
from connectors.phone.callbacks import ADDRESS_HEADER, PROOF_HEADER, callback_proof
from connectors.phone.sms import Sms
from schemas.complaint import Complaint
from schemas.inbound import Inbound, ParsedComplaint, ParsedItem, ParsedSignal
from schemas.settings import PhoneAccountSettings

SAMPLES = Path(__file__).parent / "samples"
KEY = b"pseudonym-key-of-the-tests-000000"
SECRET = "callback-secret-0001"
RETIRED = "callback-secret-0000"
SECRETS = {"new": SecretStr(SECRET), "old": SecretStr(RETIRED)}
LISTED = (IPv4Network("203.0.113.0/24"),)
MOMENT = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
SMS = Sms(
    Numbering(b"0123456789abcdef0123456789abcdef"),
    KEY,
    {
        "a1": PhoneAccountSettings(vendor="aliyun-sms", secrets=SECRETS),
        "t1": PhoneAccountSettings(vendor="tencent-sms", secrets=SECRETS),
        "listed": PhoneAccountSettings(vendor="aliyun-sms", secrets=SECRETS, networks=LISTED),
        "off": PhoneAccountSettings(vendor="aliyun-sms", secrets=SECRETS, enabled=False),
        "basic": PhoneAccountSettings(vendor="tencent-sms", secrets=SECRETS, presented="basic"),
        "path": PhoneAccountSettings(vendor="aliyun-sms", secrets=SECRETS, presented="path"),
        "calls": PhoneAccountSettings(vendor="aliyun-calls", secrets=SECRETS),
    },
)


def sample(name: str) -> bytes:
    """The bytes of one sample."""
    return (SAMPLES / name).read_bytes()


def push(body: object, account: str = "a1", secret: str = SECRET, address: str = "") -> Inbound:
    """A delivery with the right proof unless another secret is given; `body` is bytes or a JSON value."""
    return Inbound(
        channel="phone",
        account=account,
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        received_at=MOMENT,
        received_at_source="gateway",
        ingested_at=MOMENT,
        content_type="application/json",
        headers={PROOF_HEADER: callback_proof(KEY, account, secret), ADDRESS_HEADER: address},
    )


def aliyun(**changes: object) -> dict[str, object]:
    """One SMS as Aliyun pushes it."""
    return {
        "phone_number": "13800001234",
        "content": "牛奶过期了",
        "send_time": "2026-11-20 10:21:40",
        "dest_code": "1234",
        "sequence_id": "1",
    } | changes


def tencent(**changes: object) -> dict[str, object]:
    """One SMS as Tencent pushes it."""
    sms = {"extend": "", "mobile": "13800001234", "nationcode": "86", "sign": "惠民", "text": "牛奶过期了"}
    return sms | {"time": 1795141300} | changes


def aliyun_report(**changes: object) -> dict[str, object]:
    """One delivery report as Aliyun pushes it."""
    return {
        "phone_number": "13800001234",
        "send_time": "2026-11-20 10:21:40",
        "report_time": "2026-11-20 10:21:43",
        "success": True,
        "err_code": "DELIVERED",
        "err_msg": "用户接收成功",
        "sms_size": "1",
        "biz_id": "900619746936498440^0",
        "out_id": "0f8b7d2e-5c1a-5b43-9a50-0d8f6b1f2a11",
    } | changes


def tencent_report(**changes: object) -> dict[str, object]:
    """One delivery report as Tencent pushes it."""
    return {
        "user_receive_time": "2026-11-20 10:21:43",
        "nationcode": "86",
        "mobile": "13800001234",
        "report_status": "SUCCESS",
        "errmsg": "DELIVRD",
        "description": "用户短信送达成功",
        "sid": "2028:f825e6b16e23f73f4123",
    } | changes


def signals(items: Sequence[ParsedItem]) -> list[ParsedSignal]:
    """The signals among items."""
    return [item for item in items if isinstance(item, ParsedSignal)]


def complaints(of: Inbound) -> list[Complaint]:
    """The complaints of a push; nothing else than signals may be in it besides."""
    items = SMS.parse(of)
    assert all(isinstance(item, ParsedComplaint | ParsedSignal) for item in items)
    return [item.complaint for item in items if isinstance(item, ParsedComplaint)]
