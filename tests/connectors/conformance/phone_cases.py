"""The vendors of the channel `phone` in the mainland of China, described to the kit."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from pydantic import SecretStr

from connectors.phone import Phone
from connectors.phone.callbacks import PROOF_HEADER, callback_proof
from connectors.phone.calls import Calls
from connectors.phone.sms import Sms
from schemas.inbound import Inbound
from schemas.settings import PhoneAccountSettings
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

SECRET = "secret-of-the-callback-address"
SMS_TEXT = f"{WORDS}, call {PHONE}."
LONG_TEXT = f"{WORDS} " + "坏" * 300_000
ABSENT = {STALE: "a vendor that presents a secret signs nothing, so no time either"}

Vendor = Literal["aliyun-sms", "tencent-sms", "aliyun-calls", "tencent-calls"]


def accounts(vendor: Vendor) -> Mapping[str, PhoneAccountSettings]:
    """Both accounts of the kit, of one vendor and with one secret."""
    settings = PhoneAccountSettings(vendor=vendor, secrets={"now": SecretStr(SECRET)})
    return {ACCOUNT: settings, OTHER_ACCOUNT: settings}


def with_proof(of: Inbound, account: str) -> Inbound:
    """The delivery as the gateway keeps it of a call to this account with the right secret."""
    proof = callback_proof(PSEUDONYM_KEY.encode(), account, SECRET)
    return replace(of, account=account, headers={**of.headers, PROOF_HEADER: proof})


def presented(body: bytes, at: datetime) -> Inbound:
    """A push to `ACCOUNT` by whoever knows the secret."""
    return with_proof(Inbound("phone", ACCOUNT, body, at, "gateway", at, "application/json"), ACCOUNT)


def _with_proof(of: Inbound, change: Callable[[str], str]) -> Inbound:
    return replace(of, headers={**of.headers, PROOF_HEADER: change(of.headers[PROOF_HEADER])})


def _flipped(digit: str) -> str:
    return "1" if digit == "0" else "0"


BREAKS: Mapping[str, Break] = {
    UNSIGNED: lambda of: replace(of, headers={}),
    FIRST_WRONG: lambda of: _with_proof(of, lambda text: _flipped(text[0]) + text[1:]),
    LAST_WRONG: lambda of: _with_proof(of, lambda text: text[:-1] + _flipped(text[-1])),
}


def of_vendor(label: Vendor, connector: Phone, body: bytes, oversize: bytes) -> Case:
    """A case of one vendor of the channel."""
    return Case(
        connector,
        body,
        presented,
        oversize=oversize,
        breaks=BREAKS,
        secrets=(NUMBER_KEY, PSEUDONYM_KEY, SECRET),
        label=label,
        moved=lambda of: with_proof(of, OTHER_ACCOUNT),
        absent=ABSENT,
        vendor_time=True,
    )


def _sms(kind: type[Sms], vendor: Vendor) -> Phone:
    return Phone([kind(NUMBERING, PSEUDONYM_KEY.encode(), accounts(vendor))])


def aliyun_sms(kind: type[Sms] = Sms) -> Case:
    """Replies that Aliyun pushes."""
    sms = {"phone_number": PHONE, "content": SMS_TEXT, "send_time": "2026-11-20 10:21:00", "sequence_id": "1"}
    body, oversize = json.dumps([sms]).encode(), json.dumps([sms | {"content": LONG_TEXT}]).encode()
    return of_vendor("aliyun-sms", _sms(kind, "aliyun-sms"), body, oversize)


def tencent_sms(kind: type[Sms] = Sms) -> Case:
    """Replies that Tencent Cloud pushes."""
    sms = {"mobile": PHONE, "nationcode": "86", "text": SMS_TEXT, "time": 1795141260, "extend": ""}
    body, oversize = json.dumps(sms).encode(), json.dumps(sms | {"text": LONG_TEXT}).encode()
    return of_vendor("tencent-sms", _sms(kind, "tencent-sms"), body, oversize)


def _calls(vendor: Vendor, body: dict[str, object], notes: str, unknown: dict[str, object]) -> Case:
    connector = Phone([Calls(NUMBERING, PSEUDONYM_KEY.encode(), accounts(vendor))])
    case = of_vendor(vendor, connector, json.dumps(body).encode(), json.dumps(body | {notes: LONG_TEXT}).encode())
    return replace(case, numbered=True, unknown_type=json.dumps(unknown).encode())


def aliyun_calls() -> Case:
    """Call records of Aliyun's call centre."""
    call = {
        "eventType": "CDRReady", "contactId": "job-1", "contactType": "INBOUND", "contactDisposition": "Success",
        "callingNumber": PHONE, "startTime": 1795141260_000, "recordingReady": True, "remark": SMS_TEXT,
    }  # fmt: skip
    return _calls("aliyun-calls", call, "remark", {"eventType": "CallSentiment", "contactId": "job-1", "said": WORDS})


def tencent_calls() -> Case:
    """Call records of Tencent's contact centre."""
    call = {
        "SessionId": "e97be0ab", "Caller": f"0086{PHONE}", "Direction": 0, "CallType": 2, "StartTimestamp": 1795141260,
        "AcceptTimestamp": 1795141270, "RecordId": "1", "EndStatusString": "ok", "Remark": SMS_TEXT,
    }  # fmt: skip
    return _calls("tencent-calls", call, "Remark", {"SessionId": "e97be0ab", "Sentiment": WORDS})
