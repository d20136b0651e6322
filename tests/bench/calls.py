"""Signed calls as vendors make them, one entry a channel, with the settings of the accounts they are for."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from deploy.vendors.aliyun import Aliyun
from deploy.vendors.authority import Authority
from deploy.vendors.server import Push
from deploy.vendors.tencent import TencentCloud
from deploy.vendors.twilio import Customer, Twilio
from deploy.vendors.wechat_pushes import Mode, Server, push
from tests.bench.load import Request, Requests
from tests.bench.texts import posts as bodies

_DISTINCT = 500
_SECRET = "secret-of-the-benchmarks-0123456789"
_MINUTE = timedelta(minutes=1)
_OFFICIAL = Server(
    "/webhooks/wechat/bench", "wx-bench", _SECRET, "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", Mode.SAFE
)
_ABROAD = Customer(auth_token=_SECRET, path="/webhooks/phone/twilio")
_AUTHORITY = Authority("bench", "k1", _SECRET)


@dataclass(frozen=True)
class Called:
    """One channel: `environment` sets its account up, `sign` makes the calls that bring these texts at a time."""

    name: str
    environment: Mapping[str, str]
    sign: Callable[[Sequence[str], datetime], list[Request]]

    def requests(self, host: str) -> Requests:
        """Calls that are genuine for the next minutes."""
        return Requests(host, self.sign(texts(), datetime.now(UTC)))


def texts() -> list[str]:
    """What customers say."""
    return [json.loads(body)["text"] for body in bodies(_DISTINCT)]


def _webhook(said: Sequence[str], now: datetime) -> list[Request]:
    at = str(int(now.timestamp()))
    calls = []
    for number, text in enumerate(said):
        body = json.dumps({"id": f"event-{number}", "text": text}, ensure_ascii=False).encode()
        digest = hmac.new(_SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Timestamp": at, "X-Signature": digest}
        calls.append(Request("/webhooks/webhook/bench", headers, body))
    return calls


def _wechat(said: Sequence[str], now: datetime) -> list[Request]:
    common = {"ToUserName": "gh_bench", "CreateTime": str(int(now.timestamp())), "MsgType": "text"}
    return [
        _made(
            push(
                _OFFICIAL,
                common | {"FromUserName": f"o{number:027}", "MsgId": f"{10**17 + number}", "Content": text},
                now,
            )
        )
        for number, text in enumerate(said)
    ]


def _aliyun_sms(said: Sequence[str], now: datetime) -> list[Request]:
    calls = []
    for number, text in zip(_numbers(), said, strict=False):
        vendor = Aliyun({}, now=lambda: now)
        vendor.write(number, text, now - _MINUTE)
        calls.append(_made(vendor.replies(f"/webhooks/phone/aliyunsms?key={_SECRET}")))
    return calls


def _tencent_sms(said: Sequence[str], now: datetime) -> list[Request]:
    vendor, path = TencentCloud({}), f"/webhooks/phone/tencentsms?key={_SECRET}"
    return [
        _made(vendor.reply(path, number, text, now - _MINUTE)) for number, text in zip(_numbers(), said, strict=False)
    ]


def _aliyun_calls(said: Sequence[str], now: datetime) -> list[Request]:
    """The record of each call, with what the agent wrote down."""
    vendor, path = Aliyun({}, now=lambda: now), f"/webhooks/phone/aliyuncalls?key={_SECRET}"
    calls = []
    for number, text in zip(_numbers(), said, strict=False):
        record = next(one for one in vendor.call(path, number, talked_s=60) if b"CDRReady" in one.body)
        body = json.dumps(json.loads(record.body) | {"remark": text}, ensure_ascii=False).encode()
        calls.append(Request(record.path, record.headers, body))
    return calls


def _twilio(said: Sequence[str], now: datetime) -> list[Request]:
    vendor = Twilio(_ABROAD, now=lambda: now)
    return [_made(vendor.sms(f"+86{number}", text)) for number, text in zip(_numbers(), said, strict=False)]


def _regulator(said: Sequence[str], now: datetime) -> list[Request]:
    calls = []
    for index, (phone, text) in enumerate(zip(_numbers(), said, strict=False)):
        referral = {
            "number": f"3301060000000202611{index:06}",
            "kind": "complaint",
            "text": text,
            "complainant": {"name": "陈静", "phones": [phone]},
        }
        calls.append(_made(_AUTHORITY.push([referral], now, f"{now.timestamp()}-{index}")))
    return calls


def _numbers() -> Iterator[str]:
    """Mobile numbers, a new one each."""
    return (f"138{number:08}" for number in range(10**8))


def _made(call: Push) -> Request:
    return Request(call.path, call.headers, call.body)


def _phone(account: str, vendor: str) -> dict[str, str]:
    prefix = f"INTAKE_PHONE__{account.upper()}__"
    return {f"{prefix}VENDOR": vendor, f"{prefix}SECRETS__K1": _SECRET}


_WECHAT = {
    "INTAKE_WECHAT__BENCH__APP_ID": _OFFICIAL.app_id,
    "INTAKE_WECHAT__BENCH__TOKEN": _OFFICIAL.token,
    "INTAKE_WECHAT__BENCH__AES_KEY": _OFFICIAL.aes_key,
}
_TWILIO = {
    "INTAKE_TWILIO__TWILIO__ACCOUNT_SID": _ABROAD.account_sid,
    "INTAKE_TWILIO__TWILIO__AUTH_TOKENS": json.dumps([_ABROAD.auth_token]),
    "INTAKE_TWILIO__TWILIO__PUBLIC_BASE_URL": _ABROAD.base,
    "INTAKE_TWILIO__TWILIO__EXPORT_PATH": "no data of anybody, a benchmark",
}
CHANNELS: tuple[Called, ...] = (
    Called("webhook", {"INTAKE_WEBHOOKS__BENCH__SECRETS__K1": _SECRET}, _webhook),
    Called("wechat", _WECHAT, _wechat),
    Called("aliyun-sms", _phone("aliyunsms", "aliyun-sms"), _aliyun_sms),
    Called("tencent-sms", _phone("tencentsms", "tencent-sms"), _tencent_sms),
    Called("aliyun-calls", _phone("aliyuncalls", "aliyun-calls"), _aliyun_calls),
    Called("twilio", _TWILIO, _twilio),
    Called("regulator_12315", {"INTAKE_REGULATOR__ACCOUNTS__BENCH__SECRETS__K1": _SECRET}, _regulator),
)
