"""The vendors of calls and messages at the real gateway: what they push is stored, answered, and holds no secret."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from connectors.phone import Phone
from connectors.phone.calls import Calls
from connectors.phone.sms import Sms
from deploy.vendors.aliyun import Aliyun
from deploy.vendors.server import Push
from deploy.vendors.tencent import TencentCloud
from schemas.records import RawDelivery
from schemas.settings import PhoneAccountSettings
from schemas.topics import ADDITIONS, DELIVERIES_RAW, SIGNALS
from tests.gateway.http import Gateway, gateway
from tests.gateway.parts import NOW, NUMBERING, PSEUDONYM_KEY

SECRET = "callback-secret-0001"
SECRETS = {"now": SecretStr(SECRET)}
ACCOUNTS = {
    "sms-a": PhoneAccountSettings(vendor="aliyun-sms", secrets=SECRETS),
    "sms-t": PhoneAccountSettings(vendor="tencent-sms", secrets=SECRETS),
    "sms-p": PhoneAccountSettings(vendor="aliyun-sms", secrets=SECRETS, presented="path"),
    "calls-a": PhoneAccountSettings(vendor="aliyun-calls", secrets=SECRETS),
    "calls-t": PhoneAccountSettings(vendor="tencent-calls", secrets=SECRETS, presented="basic"),
}
WRITTEN = NOW - timedelta(minutes=2)


@asynccontextmanager
async def called(tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway that these vendors call."""
    async with gateway(tmp_path) as of:
        sms, calls = (kind(NUMBERING, PSEUDONYM_KEY, ACCOUNTS) for kind in (Sms, Calls))
        of.parts.hooks = {"phone": Phone([sms, calls])}
        yield of


async def deliver(of: Gateway, push: Push) -> httpx.Response:
    """Make the call of a push."""
    return await of.client.post(push.path, content=push.body, headers=push.headers)


async def test_aliyuns_replies_are_taken_once_however_they_are_grouped(tmp_path: Path) -> None:
    aliyun = Aliyun({}, now=lambda: NOW)
    path = f"/webhooks/phone/sms-a/sms?key={SECRET}"
    for text in ("牛奶过期了", "订单没有到"):
        aliyun.write("13800001234", text, WRITTEN)
    async with called(tmp_path) as of:
        first = await deliver(of, aliyun.replies(path))
        aliyun.write("13900005678", "价格不符", WRITTEN)
        push = aliyun.replies(path)
        again = await deliver(of, push)
        complaints = of.complaints()

    assert (first.status_code, first.json()) == (200, {"code": 0, "msg": "成功"})
    assert aliyun.heard(push, again.status_code, again.content)
    assert len({one.complaint_id for one in complaints}) == 3
    assert {one.text for one in complaints} == {"牛奶过期了", "订单没有到", "价格不符"}


async def test_tencents_call_and_its_recordings_come_in_with_a_password(tmp_path: Path) -> None:
    pushes = TencentCloud({}, now=lambda: NOW).call("/webhooks/phone/calls-t", SECRET, "13800001234", 60)
    async with called(tmp_path) as of:
        answers = [await deliver(of, push) for push in pushes]
        [complaint], additions = of.complaints(), of.log.on(ADDITIONS.name)
        raws = [RawDelivery.model_validate_json(one.value) for one in of.log.on(DELIVERIES_RAW.name)]

    assert [one.json()["ErrCode"] for one in answers] == [0, 0, 0]
    assert (complaint.entry, complaint.tasks) == ("call", ("listen-and-type",))
    assert len(additions) == 2
    assert [raw.headers["?action"] for raw in raws] == ["cdr", "record", "record"]


async def test_no_secret_and_no_number_is_kept_where_it_does_not_belong(tmp_path: Path) -> None:
    aliyun, tencent = Aliyun({}, now=lambda: NOW), TencentCloud({}, now=lambda: NOW)
    aliyun.write("13800001234", "TD", WRITTEN)
    pushes = [
        aliyun.replies(f"/webhooks/phone/sms-a?key={SECRET}"),
        aliyun.replies(f"/webhooks/phone/sms-p.{SECRET}/sms"),
        tencent.reply(f"/webhooks/phone/sms-t?key={SECRET}", "13800001234", "退订", WRITTEN),
        *aliyun.call(f"/webhooks/phone/calls-a/call?key={SECRET}", "13800001234", 60),
        *tencent.call("/webhooks/phone/calls-t/call", SECRET, "13800001234", 60),
    ]
    async with called(tmp_path) as of:
        answers = [(await deliver(of, push)).status_code for push in pushes]
        records = [record for topic in (DELIVERIES_RAW, SIGNALS) for record in of.log.on(topic.name)]
        signals = of.log.on(SIGNALS.name)

    assert answers == [200] * len(pushes)
    assert all(SECRET not in f"{one.key!r}{one.value!r}{one.headers!r}" for one in records)
    assert all("13800001234" not in f"{one.key!r}{one.value!r}{one.headers!r}" for one in signals)
    assert len(signals) == 3


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/phone/sms-a",
        "/webhooks/phone/sms-a?key=another-secret-0000",
        f"/webhooks/phone/sms-a?key={SECRET}&key={SECRET}",
        f"/webhooks/phone/sms-a?other={SECRET}",
    ],
)
async def test_whoever_does_not_know_the_secret_leaves_nothing_behind(tmp_path: Path, path: str) -> None:
    aliyun = Aliyun({}, now=lambda: NOW)
    aliyun.write("13800001234", "牛奶过期了", WRITTEN)
    async with called(tmp_path) as of:
        answer = await deliver(of, aliyun.replies(path))
        raws = of.log.on(DELIVERIES_RAW.name)

    assert (answer.status_code, raws) == (401, [])


@pytest.mark.parametrize("path", ["/webhooks/phone/nobody", "/webhooks/phone/sms-a/voice"])
async def test_an_address_there_is_not_is_not_found(tmp_path: Path, path: str) -> None:
    async with called(tmp_path) as of:
        answer = await deliver(of, Aliyun({}).replies(f"{path}?key={SECRET}"))

    assert answer.status_code == 404
