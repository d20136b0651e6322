"""Tencent Cloud: SMS that are sent and asked about, callbacks of replies and statuses, and its contact centre (TCCC).

Sources, read 2026-11-22: SendSms cloud.tencent.com/document/api/382/55981, PullSmsSendStatusByPhoneNumber
tencentcloud.com/document/api/382/40518, replies 43548, statuses 43547; "Signature v3" (TC3-HMAC-SHA256). The contact
centre: tencentcloud.com/document/product/1229/59640 (how it pushes), 59641 (CDR), 59642 (recording), 59643 (voicemail).

unsure: that a message is listed only once it has a report (so here); the type replies are sent with; the names of
the fields of SeatUser. Every error has status 200, as their API page says.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from deploy.vendors.server import Delivered, Faults, Push, Vendor

_CHINA = timezone(timedelta(hours=8))
_JSON = {"Content-Type": "application/json"}
_MAX_CLOCK_DIFFERENCE = timedelta(minutes=5)
_RECORDING = b"ID3\x03\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x00"


class _Refused(Exception):
    """A call that is not carried out, with the code it is answered with."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """An SMS that was taken."""

    number: str
    context: str
    serial: str
    at: datetime


class TencentCloud(Vendor):
    """The SMS service and the contact centre of one customer of theirs. `keys` are SecretId → SecretKey."""

    name = "tencent"

    def __init__(
        self,
        keys: Mapping[str, str],
        faults: Faults | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        base_url: str = "http://recorder-10018504.cos.ap-shanghai.myqcloud.com",
        reported_at_once: bool = False,
    ) -> None:
        """`base_url` is what the addresses of recordings begin with; telephones report at once, or with `statuses`."""
        super().__init__(faults)
        self._keys = keys
        self._now = now
        self._base_url = base_url
        self._taken: list[_Taken] = []
        self._reported = 0
        self._reported_at_once = reported_at_once
        self._recordings: dict[str, bytes] = {}

    def routes(self) -> list[BaseRoute]:
        """One path for every action of the SMS API, and the recordings."""
        return [
            Route("/", self.faulty(self._api), methods=["POST"]),
            Route("/def/{name}", self.faulty(self._recording), methods=["GET"]),
        ]

    def throttling(self) -> Response:
        """What the API says over its limits."""
        return _error("RequestLimitExceeded")

    def reply(self, path: str, number: str, text: str, at: datetime | None = None) -> Push:
        """Somebody answers by SMS: a callback of its own."""
        sms = {"extend": "", "mobile": number, "nationcode": "86", "sign": "惠民超市", "text": text}
        return _push(path, sms | {"time": int((at or self._now()).timestamp())})

    def statuses(self, path: str, error: str | None = None) -> Push:
        """The callback about everything sent so far, which from now on is listed, too."""
        self._reported = len(self._taken)
        return _push(path, [self._status(one, error) for one in self._taken])

    def call(
        self, path: str, password: str, number: str, talked_s: int = 0, started: datetime | None = None
    ) -> list[Push]:
        """The pushes about a call that came in: its record, and both sides' recordings if somebody answered."""
        start = int((started or self._now() - timedelta(seconds=talked_s + 20)).timestamp())
        call_id = str(uuid5(NAMESPACE_URL, f"tccc {number} {start}"))
        record = {
            "SdkAppId": 1400264214,
            "SessionId": call_id,
            "Caller": f"0086{number}",
            "Callee": "00864001234567",
            "Direction": 0,
            "CallType": 2,
            "Duration": talked_s,
            "SeatUser": {"UserId": "1007", "Mail": "chen@shop.example", "StaffNumber": "1007"} if talked_s else None,
            "StartTimestamp": start,
            "AcceptTimestamp": start + 8 if talked_s else 0,
            "EndedTimestamp": start + 8 + talked_s,
            "EndStatusString": "ok" if talked_s else "waitingGiveUp",
            "RecordId": f"{start}1" if talked_s else "",
            "HungUpSide": "user",
            "ServeParticipants": [],
        }
        pushes = [self._tccc(path, "cdr&version=1", password, record)]
        if talked_s:
            for side, who in ((1, number), (2, "chen@shop.example")):
                recorded = self._recorded(call_id, f"{start}{side}", start + talked_s + 30, who)
                pushes.append(self._tccc(path, "record&version=1", password, recorded))
        return pushes

    def voicemail(self, path: str, password: str, number: str) -> list[Push]:
        """A call that nobody took, and what the caller left in the voicemail box."""
        at = int(self._now().timestamp())
        [missed] = self.call(path, password, number)
        recorded = self._recorded(json.loads(missed.body)["SessionId"], f"v{at}", at, number)
        del recorded["RecordId"]
        return [missed, self._tccc(path, "voicemail", password, recorded)]

    def _recorded(self, call_id: str, record_id: str, at: int, who: str) -> dict[str, Any]:
        name = f"{record_id}.mp3"
        self._recordings[name] = _RECORDING + record_id.encode()
        return {
            "SdkAppId": 1400264214,
            "RecordId": record_id,
            "SessionId": call_id,
            "Timestamp": at,
            "EndpointUser": who,
            "RecordURL": f"{self._base_url}/def/{name}",
        }

    def _tccc(self, path: str, action: str, password: str, body: Mapping[str, Any]) -> Push:
        """A push as the contact centre makes it: the action behind the path, basic authentication, a UUID."""
        text = json.dumps(body, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json;charset=utf8",
            "Authorization": f"Basic {base64.b64encode(f'tccc:{password}'.encode()).decode()}",
            "X-TCCC-PUSH-UUID": str(uuid5(NAMESPACE_URL, text.decode())),
        }
        return Push(f"{path}?action={action}", text, headers)

    async def _recording(self, request: Request) -> Response:
        sound = self._recordings.get(request.path_params["name"])
        return Response(sound, media_type="audio/mpeg") if sound is not None else Response(status_code=404)

    async def _api(self, request: Request) -> Response:
        try:
            fields = self._signed(request, await request.body())
            action = _ACTIONS.get(request.headers.get("x-tc-action", ""))
            if action is None or request.headers.get("x-tc-version") != "2021-01-11":
                return _error("InvalidAction")
            return JSONResponse({"Response": action(self, fields) | {"RequestId": "a0aabda6-cf91-4f3e"}})
        except _Refused as refused:
            return _error(str(refused))

    def _signed(self, request: Request, body: bytes) -> dict[str, Any]:
        """The fields of a call whose signature is right."""
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        given = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        key_id, _, scope = given.get("Credential", "").partition("/")
        secret = self._keys.get(key_id)
        if scheme != "TC3-HMAC-SHA256" or secret is None:
            raise _Refused("AuthFailure.SecretIdNotFound")
        if not hmac.compare_digest(_tc3(request, given, scope, body, secret), given.get("Signature", "")):
            raise _Refused("AuthFailure.SignatureFailure")
        signed_at = datetime.fromtimestamp(int(request.headers["x-tc-timestamp"]), UTC)
        if abs(self._now() - signed_at) > _MAX_CLOCK_DIFFERENCE:
            raise _Refused("AuthFailure.SignatureExpire")
        fields: dict[str, Any] = json.loads(body)
        return fields

    def _send(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {"SendStatusSet": [self._sent(number, fields) for number in fields.get("PhoneNumberSet", [])]}

    def _sent(self, number: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """One number's status: a number that is none is refused by itself."""
        if not (number.startswith("+861") and len(number) == 14 and number[1:].isdecimal()):
            return {"SerialNo": "", "PhoneNumber": number, "Code": "InvalidParameterValue.IncorrectPhoneNumber"}
        context = str(fields.get("SessionContext", ""))
        serial = f"2028:{hashlib.sha256(f'{number}{len(self._taken)}'.encode()).hexdigest()[:20]}"
        self._taken.append(_Taken(number, context, serial, self._now()))
        self._reported = len(self._taken) if self._reported_at_once else self._reported
        values = " ".join(map(str, fields.get("TemplateParamSet", [])))
        text = f"【{fields.get('SignName')}】{fields.get('TemplateId')} {values}"
        self.delivered.append(Delivered(number, "sms", text, serial, context))
        status = {"SerialNo": serial, "PhoneNumber": number, "Fee": 1, "SessionContext": context, "IsoCode": "CN"}
        return status | {"Code": "Ok", "Message": "send success"}

    def _pull(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """What is known of the messages to one number since a time: those that were reported on."""
        begin, number = int(fields.get("BeginTime", 0)), fields.get("PhoneNumber")
        found = [one for one in self._taken[: self._reported] if one.number == number and one.at.timestamp() >= begin]
        listed = [
            {
                "UserReceiveTime": int(one.at.timestamp()) + 3,
                "CountryCode": "86",
                "SubscriberNumber": one.number.removeprefix("+86"),
                "PhoneNumber": one.number,
                "SerialNo": one.serial,
                "ReportStatus": "SUCCESS",
                "Description": "DELIVRD",
                "SessionContext": one.context,
            }
            for one in found[: int(fields.get("Limit", 100))]
        ]
        return {"PullSmsSendStatusSet": listed}

    def _status(self, sms: _Taken, error: str | None) -> dict[str, str]:
        return {
            "user_receive_time": f"{sms.at.astimezone(_CHINA) + timedelta(seconds=3):%Y-%m-%d %H:%M:%S}",
            "nationcode": "86",
            "mobile": sms.number.removeprefix("+86"),
            "report_status": "SUCCESS" if error is None else "FAIL",
            "errmsg": error or "DELIVRD",
            "description": "用户短信送达成功" if error is None else "用户短信送达失败",
            "sid": sms.serial,
        }


_ACTIONS: Mapping[str, Callable[[TencentCloud, Mapping[str, Any]], dict[str, Any]]] = {
    "SendSms": TencentCloud._send,
    "PullSmsSendStatusByPhoneNumber": TencentCloud._pull,
}


def _push(path: str, body: object) -> Push:
    return Push(path, json.dumps(body, ensure_ascii=False).encode(), dict(_JSON))


def _error(code: str) -> Response:
    return JSONResponse({"Response": {"Error": {"Code": code, "Message": code}, "RequestId": "a0aabda6-cf91-4f3e"}})


def _tc3(request: Request, given: Mapping[str, str], scope: str, body: bytes, secret: str) -> str:
    """The signature a call should have, made from what arrived."""
    names = given.get("SignedHeaders", "")
    headers = "".join(f"{name}:{request.headers.get(name, '').strip().lower()}\n" for name in names.split(";"))
    query, payload = request.url.query, hashlib.sha256(body).hexdigest()
    canonical = "\n".join((request.method, request.url.path, query, headers, names, payload))
    stamp = request.headers.get("x-tc-timestamp", "0")
    to_sign = "\n".join(("TC3-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"TC3{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
