"""Aliyun: SMS that are sent and asked about, pushes of replies and delivery reports, and its call centre.

Sources, read 2026-11-22: SendSms help.aliyun.com/document_detail/55284.html, QuerySendDetails 419277, SmsUp 101847,
SmsReport help.aliyun.com/zh/sms/developer-reference/smsreport-2; the request signature: "V3 request structure and
signature" (ACS3-HMAC-SHA256). The call centre: help.aliyun.com/zh/ccs/use-cases/event-notification-formats; what is
in CDRReady is taken from GetCallDetailRecord: unsure. Its recordings lie behind a signed address for a day.

unsure: the HTTP status of each refusal; that reports come twice now and then (their page says that they are not
idempotent); in which order a push that failed is grouped anew (here: the newest first).
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from deploy.vendors.server import Delivered, Faults, Push, Vendor

_CHINA = timezone(timedelta(hours=8))
_JSON = {"Content-Type": "application/json; charset=utf-8"}
_MAX_CLOCK_DIFFERENCE = timedelta(minutes=15)
_WAV = (b"WAVEfmt ", (16).to_bytes(4, "little"), b"\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0", b"data")
_RECORDING = b"RIFF\x24\0\0\0" + b"".join(_WAV)


class _Refused(Exception):
    """A call that is not carried out, with the code and status it is answered with."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.code, self.status = code, status


@dataclass(frozen=True, slots=True)
class _Taken:
    """An SMS that was taken."""

    number: str
    out_id: str
    biz_id: str
    template: str
    at: datetime


class Aliyun(Vendor):
    """The SMS service and the call centre of one customer of theirs. `keys` are AccessKey id → secret."""

    name = "aliyun"

    def __init__(
        self,
        keys: Mapping[str, str],
        faults: Faults | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        base_url: str = "https://ccc-v2.oss-cn-shanghai.aliyuncs.com",
        templates: Mapping[str, str] | None = None,
    ) -> None:
        """`base_url` is what the addresses of recordings begin with; `templates` are the approved ones by code."""
        super().__init__(faults)
        self._keys = keys
        self._now = now
        self._base_url = base_url
        self._templates = dict(templates or {})
        self._nonces: set[str] = set()
        self._taken: list[_Taken] = []
        self._unheard: list[dict[str, str]] = []
        self._written = 0
        self._recordings: dict[str, bytes] = {}

    def routes(self) -> list[BaseRoute]:
        """One path for every action of the SMS API, and the recordings."""
        return [
            Route("/", self.faulty(self._api), methods=["POST"]),
            Route("/ccc-record/{name}", self.faulty(self._recording), methods=["GET"]),
        ]

    def throttling(self) -> Response:
        """What SendSms says over its limits."""
        return self._answer("isv.BUSINESS_LIMIT_CONTROL")

    def write(self, number: str, text: str, at: datetime | None = None) -> None:
        """Somebody answers by SMS; the next push has it, and each one after it until one was heard."""
        written_at = (at or self._now()).astimezone(_CHINA)
        self._written += 1
        self._unheard.append(
            {
                "phone_number": number,
                "content": text,
                "send_time": f"{written_at:%Y-%m-%d %H:%M:%S}",
                "dest_code": "1234",
                "sequence_id": str(1_234_567_890 + self._written),
            }
        )

    def replies(self, path: str, at_most: int = 10) -> Push:
        """The next push of replies: those nobody has taken yet, the newest first."""
        group = list(reversed(self._unheard))[:at_most]
        return Push(path, json.dumps(group, ensure_ascii=False).encode(), dict(_JSON))

    def heard(self, push: Push, status: int, answer: bytes) -> bool:
        """Take the answer to a push of replies; whether it counts as heard, else it comes again."""
        try:
            code = json.loads(answer).get("code")
        except (ValueError, AttributeError):
            return False
        if status != 200 or not isinstance(code, int):
            return False
        done = [one["sequence_id"] for one in json.loads(push.body)]
        self._unheard = [one for one in self._unheard if one["sequence_id"] not in done]
        return True

    def reports(self, path: str, twice: bool = False, error: str | None = None) -> Push:
        """The delivery reports of everything sent so far; `error` is the code of what did not arrive."""
        reports = [self._report(one, error) for one in self._taken]
        return Push(path, json.dumps(reports * (2 if twice else 1), ensure_ascii=False).encode(), dict(_JSON))

    def call(self, path: str, number: str, talked_s: int = 0, started: datetime | None = None) -> list[Push]:
        """The events of a call that came in: its steps, its record, and its recording if somebody answered."""
        start = started or self._now() - timedelta(seconds=talked_s + 20)
        call_id = f"job-{hashlib.sha256(f'{number}{start.isoformat()}'.encode()).hexdigest()[:24]}"
        common = {"instanceId": "ccc-demo", "contactId": call_id, "caller": number, "callee": "4001234567"}
        record = common | {
            "contactType": "INBOUND",
            "callingNumber": number,
            "calledNumber": "4001234567",
            "startTime": _ms(start),
            "establishedTime": _ms(start + timedelta(seconds=8)) if talked_s else None,
            "releaseTime": _ms(start + timedelta(seconds=8 + talked_s)),
            "callDuration": str(talked_s),
            "contactDisposition": "Success" if talked_s else "AbandonedInQueue",
            "agentIds": "1007@ccc-demo" if talked_s else "",
            "recordingReady": bool(talked_s),
        }
        events: list[dict[str, Any]] = [
            common | {"eventType": "Ringing", "callType": "INBOUND"},
            record | {"eventType": "CDRReady"},
        ]
        if talked_s:
            events.append(self._recorded(call_id, start, talked_s))
        told_at: dict[str, Any] = {"eventTime": _iso(start + timedelta(seconds=10 + talked_s))}
        return [Push(path, json.dumps(told_at | one, ensure_ascii=False).encode(), dict(_JSON)) for one in events]

    def _recorded(self, call_id: str, start: datetime, talked_s: int) -> dict[str, Any]:
        name = f"{call_id}.wav"
        self._recordings[name] = _RECORDING + talked_s.to_bytes(4, "little")
        expires = str(int((self._now() + timedelta(days=1)).timestamp()))
        url = f"{self._base_url}/ccc-record/{name}?Expires={expires}&OSSAccessKeyId=ccc&Signature="
        return {
            "eventType": "RecordingReady",
            "instanceId": "ccc-demo",
            "contactId": call_id,
            "fileName": name,
            "downloadURL": url + self._signature(name, expires),
            "startTime": _iso(start + timedelta(seconds=8)),
            "endTime": _iso(start + timedelta(seconds=8 + talked_s)),
            "duration": talked_s,
            "agentIds": "1007@ccc-demo",
        }

    async def _recording(self, request: Request) -> Response:
        """A signature that is wrong or over is answered 403, as their object store does."""
        name, expires = request.path_params["name"], request.query_params.get("Expires", "0")
        given = request.query_params.get("Signature", "")
        if not hmac.compare_digest(self._signature(name, expires), given) or int(expires) < self._now().timestamp():
            return Response("<Error><Code>AccessDenied</Code></Error>", 403, media_type="application/xml")
        sound = self._recordings.get(name)
        return Response(sound, media_type="audio/wav") if sound is not None else Response(status_code=404)

    def _signature(self, name: str, expires: str) -> str:
        secret = "".join(self._keys.values()).encode()
        return hmac.new(secret, f"{name}\n{expires}".encode(), hashlib.sha1).hexdigest()

    async def _api(self, request: Request) -> Response:
        try:
            parameters = self._signed(request, await request.body())
            action = _ACTIONS.get(request.headers.get("x-acs-action", ""))
            return action(self, parameters) if action else self._answer("InvalidAction.NotFound", 404)
        except _Refused as refused:
            return self._answer(refused.code, refused.status)

    def _signed(self, request: Request, body: bytes) -> dict[str, str]:
        """The parameters of a call whose signature is right."""
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        given = dict(part.partition("=")[::2] for part in rest.split(","))
        secret = self._keys.get(given.get("Credential", ""))
        if scheme != "ACS3-HMAC-SHA256" or secret is None:
            raise _Refused("InvalidAccessKeyId.NotFound", 404)
        parameters = dict(parse_qsl(request.url.query, keep_blank_values=True))
        expected = _acs3(request, parameters, given.get("SignedHeaders", ""), body, secret)
        if not hmac.compare_digest(expected, given.get("Signature", "")):
            raise _Refused("SignatureDoesNotMatch", 400)
        self._fresh(request.headers.get("x-acs-date", ""), request.headers.get("x-acs-signature-nonce", ""))
        return parameters

    def _fresh(self, date: str, nonce: str) -> None:
        try:
            at = datetime.strptime(date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError as error:
            raise _Refused("InvalidTimeStamp.Format", 400) from error
        if abs(self._now() - at) > _MAX_CLOCK_DIFFERENCE:
            raise _Refused("InvalidTimeStamp.Expired", 400)
        if nonce in self._nonces:
            raise _Refused("SignatureNonceUsed", 400)
        self._nonces.add(nonce)

    def _send(self, parameters: Mapping[str, str]) -> Response:
        number, template = parameters.get("PhoneNumbers", ""), parameters.get("TemplateCode", "")
        if not (number.isdecimal() and len(number) == 11 and number.startswith("1")):
            raise _Refused("isv.MOBILE_NUMBER_ILLEGAL", 200)
        if not template or not parameters.get("SignName"):
            raise _Refused("isv.SMS_TEMPLATE_ILLEGAL", 200)
        values = json.loads(parameters.get("TemplateParam", "{}"))
        biz_id = f"{900_000_000_000 + len(self._taken)}^0"
        self._taken.append(_Taken(number, parameters.get("OutId", ""), biz_id, template, self._now()))
        words = self._templates.get(template, f"{template} {' '.join(map(str, values.values()))}")
        for name, value in values.items():
            words = words.replace(f"${{{name}}}", str(value))
        text = f"【{parameters['SignName']}】{words}"
        self.delivered.append(Delivered(f"+86{number}", "sms", text, biz_id, parameters.get("OutId")))
        return self._answer("OK", BizId=biz_id)

    def _details(self, parameters: Mapping[str, str]) -> Response:
        """What was sent to one number on one day, a page of it, the newest first."""
        number, day = parameters.get("PhoneNumber"), parameters.get("SendDate")
        page, size = int(parameters.get("CurrentPage", "1")), int(parameters.get("PageSize", "10"))
        if not 1 <= size <= 50:
            raise _Refused("isv.INVALID_PARAMETERS", 200)
        found = [one for one in self._taken if (one.number, f"{one.at.astimezone(_CHINA):%Y%m%d}") == (number, day)]
        shown = [
            {
                "PhoneNum": one.number,
                "OutId": one.out_id,
                "TemplateCode": one.template,
                "SendDate": f"{one.at.astimezone(_CHINA):%Y-%m-%d %H:%M:%S}",
                "SendStatus": 3,
                "ErrCode": "DELIVERED",
            }
            for one in list(reversed(found))[(page - 1) * size : page * size]
        ]
        return self._answer("OK", TotalCount=str(len(found)), SmsSendDetailDTOs={"SmsSendDetailDTO": shown})

    def _answer(self, code: str, status: int = 200, **more: object) -> Response:
        return JSONResponse({"RequestId": "F655A8D5-B967-440B-8683", "Code": code, "Message": code} | more, status)

    def _report(self, sms: _Taken, error: str | None) -> dict[str, object]:
        return {
            "phone_number": sms.number,
            "send_time": f"{sms.at.astimezone(_CHINA):%Y-%m-%d %H:%M:%S}",
            "report_time": f"{sms.at.astimezone(_CHINA) + timedelta(seconds=3):%Y-%m-%d %H:%M:%S}",
            "success": error is None,
            "err_code": error or "DELIVERED",
            "err_msg": "用户接收成功" if error is None else "用户接收失败",
            "sms_size": "1",
            "biz_id": sms.biz_id,
            "out_id": sms.out_id,
        }


_ACTIONS: Mapping[str, Callable[[Aliyun, Mapping[str, str]], Response]] = {
    "SendSms": Aliyun._send,
    "QuerySendDetails": Aliyun._details,
}


def _acs3(request: Request, parameters: Mapping[str, str], signed: str, body: bytes, secret: str) -> str:
    """The signature a call should have, made from what arrived."""
    query = "&".join(f"{quote(name, safe='~')}={quote(parameters[name], safe='~')}" for name in sorted(parameters))
    headers = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in signed.split(";"))
    payload = hashlib.sha256(body).hexdigest()
    if request.headers.get("x-acs-content-sha256") != payload:
        raise _Refused("SignatureDoesNotMatch", 400)
    canonical = "\n".join((request.method, request.url.path, query, headers, signed, payload))
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    return hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
