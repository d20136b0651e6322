"""Events of both call centres for tests: a connector with an account each, and deliveries it believes."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from connectors.contract import Numbering
from connectors.phone.callbacks import PROOF_HEADER, callback_proof
from connectors.phone.calls import Calls
from schemas.complaint import Complaint
from schemas.inbound import Inbound, ParsedAddition, ParsedComplaint, ParsedItem
from schemas.settings import PhoneAccountSettings

SAMPLES = Path(__file__).parent / "samples"
KEY = b"pseudonym-key-of-the-tests-000000"
SECRET = "callback-secret-0001"
SECRETS = {"now": SecretStr(SECRET)}
MOMENT = datetime(2026, 11, 20, 5, 10, tzinfo=UTC)
STARTED = datetime(2026, 11, 20, 5, 2, tzinfo=UTC)
STARTED_S = int(STARTED.timestamp())
ACCOUNTS: Mapping[str, PhoneAccountSettings] = {
    "a1": PhoneAccountSettings(vendor="aliyun-calls", secrets=SECRETS),
    "t1": PhoneAccountSettings(vendor="tencent-calls", secrets=SECRETS, presented="basic"),
    "sms": PhoneAccountSettings(vendor="aliyun-sms", secrets=SECRETS),
}
CALLS = Calls(Numbering(b"0123456789abcdef0123456789abcdef"), KEY, ACCOUNTS)


def sample(name: str) -> bytes:
    """The bytes of one sample."""
    return (SAMPLES / name).read_bytes()


def push(body: object, account: str = "a1", action: str | None = None) -> Inbound:
    """A delivery with the right proof; `body` is bytes or a JSON value."""
    return Inbound(
        channel="phone",
        account=account,
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        received_at=MOMENT,
        received_at_source="gateway",
        ingested_at=MOMENT,
        content_type="application/json",
        headers={PROOF_HEADER: callback_proof(KEY, account, SECRET)} | ({"?action": action} if action else {}),
    )


def aliyun(**changes: object) -> dict[str, object]:
    """An answered call that came in and was recorded, as Aliyun tells of it."""
    return {
        "eventTime": "2026-11-20T05:06:00.447Z",
        "eventType": "CDRReady",
        "instanceId": "ccc-test",
        "contactId": "job-6538214103689",
        "contactType": "INBOUND",
        "contactDisposition": "Success",
        "callingNumber": "13800001234",
        "calledNumber": "4001234567",
        "startTime": STARTED_S * 1000,
        "establishedTime": STARTED_S * 1000 + 8000,
        "releaseTime": STARTED_S * 1000 + 200_000,
        "callDuration": "192",
        "recordingReady": True,
        "agentIds": "1007@ccc-test",
    } | changes


def aliyun_recording(**changes: object) -> dict[str, object]:
    """Its recording."""
    return {
        "eventTime": "2026-11-20T05:06:30.447Z",
        "eventType": "RecordingReady",
        "instanceId": "ccc-test",
        "contactId": "job-6538214103689",
        "fileName": "job-6538214103689.wav",
        "downloadURL": "https://ccc-v2.oss-cn-shanghai.aliyuncs.com/ccc-record/job-6538214103689.wav"
        "?Expires=1795237630&OSSAccessKeyId=x&Signature=y",
        "startTime": "2026-11-20T05:02:08Z",
        "endTime": "2026-11-20T05:05:20Z",
        "duration": 192,
        "agentIds": "1007@ccc-test",
    } | changes


def tencent(**changes: object) -> dict[str, object]:
    """An answered call that came in and was recorded, as Tencent tells of it."""
    return {
        "SdkAppId": 1400264214,
        "SessionId": "e97be0ab-1ef6-4ad2-a8c4-2b2bbfb18e55",
        "Caller": "008613800001234",
        "Callee": "00864001234567",
        "Direction": 0,
        "CallType": 2,
        "Duration": 192,
        "SeatUser": {"UserId": "1007", "Mail": "chen@shop.example", "Name": "陈", "StaffNumber": "1007"},
        "StartTimestamp": STARTED_S,
        "AcceptTimestamp": STARTED_S + 8,
        "EndedTimestamp": STARTED_S + 200,
        "EndStatusString": "ok",
        "RecordId": "1608130650",
        "HungUpSide": "user",
        "ServeParticipants": [],
    } | changes


def tencent_recording(**changes: object) -> dict[str, object]:
    """Its recording."""
    return {
        "SdkAppId": 1400264214,
        "SessionId": "e97be0ab-1ef6-4ad2-a8c4-2b2bbfb18e55",
        "RecordId": "1608130650",
        "Timestamp": STARTED_S + 230,
        "EndpointUser": "13800001234",
        "RecordURL": "http://recorder-10018504.cos.ap-shanghai.myqcloud.com/def/month12/000-339708937.mp3",
    } | changes


def voicemail(**changes: object) -> dict[str, object]:
    """What a caller left in the voicemail box, as Tencent tells of it."""
    found = tencent_recording(EndpointUser=13800001234)
    del found["RecordId"]
    return found | changes


def missed(vendor: str) -> dict[str, object]:
    """A call that nobody took."""
    if vendor == "a1":
        nothing: dict[str, object] = {
            "establishedTime": None,
            "callDuration": 0,
            "recordingReady": False,
            "agentIds": "",
        }
        return aliyun(contactDisposition="AbandonedInQueue", **nothing)
    none: dict[str, object] = {"AcceptTimestamp": 0, "Duration": 0, "SeatUser": {}, "RecordId": ""}
    return tencent(EndStatusString="waitingGiveUp", **none)


def only(of: Inbound) -> ParsedItem:
    """The one item of a delivery."""
    [item] = CALLS.parse(of)
    return item


def complaint(of: Inbound) -> Complaint:
    """The one complaint of a delivery."""
    item = only(of)
    assert isinstance(item, ParsedComplaint), item
    return item.complaint


def addition(of: Inbound) -> ParsedAddition:
    """The one addition of a delivery."""
    item = only(of)
    assert isinstance(item, ParsedAddition), item
    return item
