"""Pushes of the two vendors for tests: a connector with one account each, and deliveries it believes."""

import json
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

from pydantic import SecretStr

from connectors.contract import Numbering
from connectors.phone.sms import ADDRESS_HEADER, PROOF_HEADER, CallbackAccount, Sms, Vendor, callback_proof
from schemas.complaint import Complaint
from schemas.inbound import Inbound, ParsedComplaint

SAMPLES = Path(__file__).parent / "samples"
KEY = b"pseudonym-key-of-the-tests-000000"
SECRET = "callback-secret-0001"
RETIRED = "callback-secret-0000"
SECRETS = (SecretStr(SECRET), SecretStr(RETIRED))
MOMENT = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
SMS = Sms(
    Numbering(b"0123456789abcdef0123456789abcdef"),
    KEY,
    {
        "a1": CallbackAccount(Vendor.ALIYUN, SECRETS),
        "t1": CallbackAccount(Vendor.TENCENT, SECRETS),
        "listed": CallbackAccount(Vendor.ALIYUN, SECRETS, (ip_network("203.0.113.0/24"),)),
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


def complaints(of: Inbound) -> list[Complaint]:
    """The complaints of a push; nothing else may be in it."""
    items = SMS.parse(of)
    assert all(isinstance(item, ParsedComplaint) for item in items)
    return [item.complaint for item in items if isinstance(item, ParsedComplaint)]
