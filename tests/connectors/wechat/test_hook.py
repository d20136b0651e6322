"""How WeChat calls us: every call it really makes gets in, and no other; files are read without a signature."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from connectors.contract import HookConnector, ReadsFiles
from connectors.wechat import WeChat
from deploy.vendors.server import Push
from deploy.vendors.wechat_pushes import TRIES, Mode, Server, again, check, message, push_xml
from schemas.complaint import Proof
from schemas.errors import PayloadRejected, Reason
from schemas.inbound import Inbound, ParsedComplaint, ParsedItem
from schemas.records import RawDelivery
from schemas.settings import WeChatSettings
from schemas.topics import DELIVERIES_RAW, SIGNALS, SUSPENDED
from tests.connectors.wechat.deliveries import AES_KEY, NOW, NUMBERING, PSEUDONYM_KEY, sealed, xml
from tests.gateway.http import Gateway, gateway

PATH = "/webhooks/wechat/a-plain"
PLAIN = Server(PATH, "wx0123456789abcdef", "token-of-the-tests")
SAFE = Server("/webhooks/wechat/a-safe", PLAIN.app_id, PLAIN.token, AES_KEY, Mode.SAFE)
COMPATIBLE = Server("/webhooks/wechat/a-safe", PLAIN.app_id, PLAIN.token, AES_KEY, Mode.COMPATIBLE)
SETTINGS = WeChatSettings(app_id=PLAIN.app_id, token=SecretStr(PLAIN.token))
ACCOUNTS = {
    "a-plain": SETTINGS,
    "a-safe": SETTINGS.model_copy(update={"aes_key": SecretStr(AES_KEY)}),
    "a-off": SETTINGS.model_copy(update={"enabled": False}),
}
OPENID = "otAzGjrS4AYCmeJM1GhEOcHXXTAo"
TEXT = {"ToUserName": "gh_1", "FromUserName": OPENID, "CreateTime": "1795141299", "MsgType": "text"}
SOUR_MILK = message(TEXT | {"Content": "牛奶过期了，12 月 1 日到期", "MsgId": "4561255354251345929"})
every_mode = pytest.mark.parametrize("server", [PLAIN, SAFE, COMPATIBLE], ids=lambda one: one.mode)


@asynccontextmanager
async def called(tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway that WeChat calls, at the time of the samples."""
    async with gateway(tmp_path) as of:
        of.now = NOW
        of.parts.hooks = {"wechat": WeChat(NUMBERING, PSEUDONYM_KEY, ACCOUNTS)}
        yield of


async def deliver(of: Gateway, call: Push, **headers: str) -> httpx.Response:
    return await of.client.request(call.method, call.path, content=call.body, headers={**call.headers, **headers})


@every_mode
async def test_a_message_becomes_a_complaint_and_hears_an_empty_200(tmp_path: Path, server: Server) -> None:
    async with called(tmp_path) as of:
        answer = await deliver(of, push_xml(server, SOUR_MILK, NOW))

    assert (answer.status_code, answer.content) == (200, b"")
    [complaint] = of.complaints()
    assert (complaint.channel, complaint.text) == ("wechat", "牛奶过期了，12 月 1 日到期")


@every_mode
async def test_the_vendors_own_tries_pass_and_are_one_complaint(tmp_path: Path, server: Server) -> None:
    first = push_xml(server, SOUR_MILK, NOW)
    tries = [again(first, server, SOUR_MILK) for _ in range(TRIES)]

    async with called(tmp_path) as of:
        answers = [*await asyncio.gather(*(deliver(of, one) for one in tries))]
        for seconds in (5, 10, 3_600):
            of.now = NOW + timedelta(seconds=seconds)
            answers.append(await deliver(of, again(first, server, SOUR_MILK, of.now)))

    assert {one.status_code for one in answers} == {200}
    assert len({one.complaint_id for one in of.complaints()}) == 1


@every_mode
async def test_one_message_at_two_gateways_is_one_complaint(tmp_path: Path, server: Server) -> None:
    first = push_xml(server, SOUR_MILK, NOW)

    async with called(tmp_path / "one") as one, called(tmp_path / "two") as two:
        answers = await asyncio.gather(*(deliver(of, first) for of in (one, two, one)))
        two.now += timedelta(hours=1)
        answers.append(await deliver(two, again(first, server, SOUR_MILK, two.now)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({complaint.complaint_id for of in (one, two) for complaint in of.complaints()}) == 1


async def test_another_body_under_a_used_signature_is_refused(tmp_path: Path) -> None:
    first = push_xml(PLAIN, SOUR_MILK, NOW)
    forged = Push(first.path, SOUR_MILK.replace(b"12", b"24"), first.headers)

    async with called(tmp_path) as of:
        answers = [await deliver(of, call) for call in (first, forged, first)]

    assert [one.status_code for one in answers] == [200, 401, 200]
    assert len({one.complaint_id for one in of.complaints()}) == 1


@every_mode
@pytest.mark.parametrize("name", ["signature", "msg_signature", "timestamp", "nonce"])
async def test_nothing_is_read_under_evidence_that_is_wrong(tmp_path: Path, server: Server, name: str) -> None:
    if name == ("signature" if server.mode is not Mode.PLAIN else "msg_signature"):
        return  # in this mode nothing is proven by it
    call = push_xml(server, SOUR_MILK, NOW)

    async with called(tmp_path) as of:
        spoiled = Push(call.path.replace(f"{name}=", f"{name}=1"), call.body, call.headers)
        missing = Push(call.path.replace(f"{name}=", "other="), call.body, call.headers)
        twice = Push(f"{call.path}&{name}=1", call.body, call.headers)
        answers = [await deliver(of, one) for one in (spoiled, missing, twice)]

    assert {one.status_code for one in answers} == {401}
    assert of.log.messages == []


@every_mode
@pytest.mark.parametrize("minutes", [-6, 6])
async def test_what_is_not_fresh_when_it_arrives_is_refused(tmp_path: Path, server: Server, minutes: int) -> None:
    async with called(tmp_path) as of:
        of.now = NOW + timedelta(minutes=minutes)
        answer = await deliver(of, push_xml(server, SOUR_MILK, NOW))

    assert answer.status_code == 401


@pytest.mark.parametrize("kind", ["text/xml; charset=utf-8", "application/xml", "text/plain", ""])
async def test_a_body_may_be_called_what_the_vendor_likes(tmp_path: Path, kind: str) -> None:
    async with called(tmp_path) as of:
        answer = await deliver(of, push_xml(PLAIN, SOUR_MILK, NOW), **{"Content-Type": kind})

    assert answer.status_code == 200


async def test_the_evidence_is_kept_and_the_openid_beside_it_is_not(tmp_path: Path) -> None:
    async with called(tmp_path) as of:
        await deliver(of, push_xml(SAFE, SOUR_MILK, NOW))
        [record] = of.log.on(DELIVERIES_RAW.name)

    kept = RawDelivery.model_validate_json(record.value)
    assert set(kept.headers) == {"?signature", "?timestamp", "?nonce", "?encrypt_type", "?msg_signature"}


async def test_an_event_becomes_a_signal_without_an_openid(tmp_path: Path) -> None:
    scan = message(TEXT | {"MsgType": "event", "Event": "SCAN", "EventKey": "1"})
    async with called(tmp_path) as of:
        answers = [await deliver(of, push_xml(PLAIN, scan, NOW + timedelta(seconds=at))) for at in (0, 5)]
        first, again_ = of.log.on(SIGNALS.name)

    assert {one.status_code for one in answers} == {200}
    assert (first.key, dict(first.headers)["ce_id"]) == (again_.key, dict(again_.headers)["ce_id"])
    assert OPENID.encode() not in first.value + first.key


async def test_a_body_nobody_can_read_is_suspended_and_the_vendor_hears_200(tmp_path: Path) -> None:
    async with called(tmp_path) as of:
        answers = [await deliver(of, push_xml(server, b"<xml><a/>", NOW)) for server in (PLAIN, SAFE)]

    assert {one.status_code for one in answers} == {200}
    assert len(of.log.on(SUSPENDED.name)) == 2


@pytest.mark.parametrize("path", ["/webhooks/wechat/a-off", "/webhooks/wechat/nobody", f"{PATH}/sms"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_account_and_one_switched_off_look_the_same(tmp_path: Path, path: str, method: str) -> None:
    call = push_xml(Server(path, PLAIN.app_id, PLAIN.token), SOUR_MILK, NOW)
    async with called(tmp_path) as of:
        answer = await deliver(of, Push(call.path, call.body, call.headers, method))

    assert answer.status_code == 404


@every_mode
async def test_the_check_of_the_url_is_answered_with_its_echo_alone(tmp_path: Path, server: Server) -> None:
    async with called(tmp_path) as of:
        answer = await deliver(of, check(server, NOW, "5927782489442352469"))

    assert (answer.status_code, answer.text) == (200, "5927782489442352469")
    assert answer.headers["content-type"].startswith("text/plain")
    assert of.log.messages == []


def encrypted_check(of: datetime, key: str = AES_KEY) -> Push:
    """A check of the URL as WeCom makes it."""
    delivery = sealed("9876543210", key=key)
    text = delivery.body.decode().partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    query = {name[1:]: value for name, value in delivery.headers.items() if name != "?signature"}
    url = httpx.URL("/webhooks/wechat/a-safe", params=query | {"echostr": text})
    return Push(str(url), b"", method="GET")


async def test_an_encrypted_check_of_the_url_is_answered_with_its_text(tmp_path: Path) -> None:
    async with called(tmp_path) as of:
        answers = [await deliver(of, one) for one in (encrypted_check(NOW), encrypted_check(NOW, "x" * 43))]

    assert [one.status_code for one in answers] == [200, 401]
    assert answers[0].text == "9876543210"


async def test_a_check_of_the_url_by_anybody_else_is_a_401(tmp_path: Path) -> None:
    call = check(PLAIN, NOW, "5927782489442352469")
    spoiled = [call.path.replace("nonce=2", "nonce=3"), PATH, call.path.replace("signature=", "signature=0")]

    async with called(tmp_path) as of:
        answers = [await of.client.get(path) for path in spoiled]
        of.now += timedelta(minutes=6)
        answers.append(await deliver(of, call))

    assert {one.status_code for one in answers} == {401}
    assert not any("5927782489442352469" in one.text for one in answers)


def read(body: bytes, account: str = "demo") -> list[ParsedItem]:
    return WeChat(NUMBERING, PSEUDONYM_KEY, ACCOUNTS).read(Inbound("wechat", account, body, NOW, "file", NOW))


def test_it_is_called_by_the_vendor_and_reads_files() -> None:
    connector = WeChat(NUMBERING, PSEUDONYM_KEY, ACCOUNTS)

    assert isinstance(connector, HookConnector)
    assert isinstance(connector, ReadsFiles)


def test_a_file_is_read_without_a_signature() -> None:
    [item] = read(SOUR_MILK)

    assert isinstance(item, ParsedComplaint)
    assert item.complaint.sender is not None
    assert item.complaint.sender.proofs == {OPENID: Proof.NONE}


@pytest.mark.parametrize("account", ["demo", "a-safe"])
@pytest.mark.parametrize("server", [SAFE, COMPATIBLE], ids=lambda one: one.mode)
def test_an_encrypted_file_is_read_with_an_accounts_key(server: Server, account: str) -> None:
    [item] = read(push_xml(server, SOUR_MILK, NOW).body, account)

    assert isinstance(item, ParsedComplaint)
    assert item.complaint.text.startswith("牛奶过期了")


@pytest.mark.parametrize(("key", "account"), [("x" * 43, "demo"), (AES_KEY, "a-plain")])
def test_an_encrypted_file_without_a_key_to_it_is_refused(key: str, account: str) -> None:
    body = push_xml(Server(PATH, PLAIN.app_id, PLAIN.token, key, Mode.SAFE), SOUR_MILK, NOW).body

    with pytest.raises(PayloadRejected) as refused:
        read(body, account)

    assert refused.value.reason is Reason.UNREADABLE


@pytest.mark.parametrize("body", [b"", b"{}", b"<a/>", b"<xml/>", b"\xff", xml(Content="x" * 70_000).encode()])
def test_a_file_that_is_no_message_is_one_refusal(body: bytes) -> None:
    with pytest.raises(PayloadRejected):
        read(body)
