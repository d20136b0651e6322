"""Vendors' callbacks: what gets in, and what each caller is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.contract import CALLER, WHOLE_QUERY, Answer, Evidence, Hook
from connectors.webhook import Webhook
from connectors.webhook.signature import sign
from gateway.replays import Replays
from schemas.errors import InvalidRequest, NotGenuine
from schemas.inbound import Inbound, ParsedItem
from schemas.records import RawDelivery
from schemas.settings import GatewaySettings, WebhookSettings
from schemas.topics import DELIVERIES_RAW, SUSPENDED
from tests.gateway.http import Gateway, gateway
from tests.gateway.parts import NOW, NUMBERING, PSEUDONYM_KEY

SECRET = "secret-of-the-crm-of-the-tests"
ACCOUNTS = {
    "crm": WebhookSettings(secrets={"k1": SecretStr(SECRET)}),
    "off": WebhookSettings(secrets={"k1": SecretStr(SECRET)}, enabled=False),
}
URL = "/webhooks/webhook/crm"
BODY = json.dumps({"id": "evt-1", "text": "牛奶过期"}).encode()


class Echoing:
    """A vendor that asks for its words back, and wants to hear `success`; everything it says is empty."""

    channel = "echoing"

    def hook(self, account: str, event: str | None = None) -> Hook | None:
        return Hook(
            ("text/xml", ""),
            headers=("X-Sent-By",),
            query=("echostr", "nonce"),
            single_use=("?nonce",),
            answer=self._answer,
            challenge=self._challenge,
        )

    def _answer(self, inbound: Inbound) -> Answer:
        heard = inbound.source.get("event", "") + inbound.headers.get(WHOLE_QUERY, "")
        return Answer(body=b"success" + heard.encode(), content_type="text/xml")

    def parse(self, inbound: Inbound) -> list[ParsedItem]:
        if inbound.body == b"unsigned":
            raise NotGenuine("not signed")
        if inbound.body == b"mend me":
            raise InvalidRequest("say it otherwise")
        return []

    def _challenge(self, inbound: Inbound) -> Answer:
        if inbound.headers.get("?echostr") != "mine":
            raise NotGenuine("not ours")
        return Answer(body=inbound.headers["?echostr"].encode())


@asynccontextmanager
async def called(tmp_path: Path, **options: Any) -> AsyncIterator[Gateway]:
    """A gateway that vendors call."""
    async with gateway(tmp_path, **options) as of:
        of.parts.hooks = {"webhook": Webhook(NUMBERING, PSEUDONYM_KEY, ACCOUNTS), "echoing": Echoing()}
        yield of


def signed(body: bytes = BODY, at: int = int(NOW.timestamp())) -> dict[str, str]:
    """The headers of a signed event."""
    signature = sign(SECRET, str(at), body)
    return {"Content-Type": "application/json; charset=utf-8", "X-Timestamp": str(at), "X-Signature": signature}


async def deliver(
    of: Gateway, body: bytes = BODY, headers: Mapping[str, str] = MappingProxyType({}), url: str = URL
) -> httpx.Response:
    """A signed delivery; `headers` replace those of the signature."""
    return await of.client.post(url, content=body, headers={**signed(body), **headers})


async def test_a_signed_event_becomes_a_complaint_and_hears_an_empty_200(tmp_path: Path) -> None:
    async with called(tmp_path) as of:
        answer = await deliver(of)

    assert (answer.status_code, answer.content) == (200, b"")
    assert [(one.channel, one.account, one.text) for one in of.complaints()] == [("webhook", "crm", "牛奶过期")]


async def test_the_raw_delivery_keeps_body_and_evidence_and_no_other_header(tmp_path: Path) -> None:
    async with called(tmp_path) as of:
        await deliver(of, headers={"User-Agent": "crm/1.0", "Cookie": "private"})
        [record] = of.log.on(DELIVERIES_RAW.name)

    raw = RawDelivery.model_validate_json(record.value)
    assert raw.headers == {"x-timestamp": signed()["X-Timestamp"], "x-signature": signed()["X-Signature"]}
    assert (raw.size_bytes, raw.content_type) == (len(BODY), "application/json")


async def test_a_delivery_sent_three_times_at_once_and_again_later_is_one_complaint(tmp_path: Path) -> None:
    async with called(tmp_path) as of:
        answers = await asyncio.gather(*(deliver(of) for _ in range(3)))
        of.now += timedelta(hours=1)
        answers.append(await of.client.post(URL, content=BODY, headers=signed(at=int(of.now.timestamp()))))

    assert {one.status_code for one in answers} == {200}
    assert len({one.complaint_id for one in of.complaints()}) == 1


@pytest.mark.parametrize(
    "spoiled",
    [
        {"X-Signature": "0" * 64},
        {"X-Signature": ""},
        {"X-Timestamp": "1"},
        signed(at=int((NOW - timedelta(minutes=6)).timestamp())),
    ],
)
async def test_what_is_not_genuine_is_a_401_that_does_not_tell_why(tmp_path: Path, spoiled: dict[str, str]) -> None:
    async with called(tmp_path) as of:
        answer = await deliver(of, headers=spoiled)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:complaint-intake:problem:unauthorized",
        "title": "Unauthorized",
        "status": 401,
    }
    assert of.log.messages == []


async def test_a_second_signature_beside_the_right_one_is_refused(tmp_path: Path) -> None:
    async with called(tmp_path) as of:
        headers = [*signed().items(), ("X-Signature", "0" * 64)]
        answer = await of.client.post(URL, content=BODY, headers=headers)

    assert answer.status_code == 401


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_such_channel_account_or_method_and_one_switched_off_look_the_same(
    tmp_path: Path, method: str
) -> None:
    paths = ["/webhooks/nobody/crm", "/webhooks/webhook/nobody", "/webhooks/webhook/off", "/nothing"]
    async with called(tmp_path) as of:
        answers = [await of.client.request(method, path, content=BODY, headers=signed()) for path in paths]
        without_challenge = await of.client.get(URL)

    assert {(one.status_code, one.text) for one in (*answers, without_challenge)} == {(404, answers[0].text)}
    assert len({tuple(sorted(one.headers)) for one in answers}) == 1


async def test_an_event_that_cannot_be_read_is_suspended_and_taken(tmp_path: Path) -> None:
    async with called(tmp_path) as of:
        answer = await deliver(of, b"not json")

    assert answer.status_code == 200
    assert len(of.log.on(SUSPENDED.name)) == 1
    assert of.complaints() == []


async def test_without_kafka_it_is_spooled_and_without_a_spool_it_is_a_503(tmp_path: Path) -> None:
    async with called(tmp_path / "spooling") as of:
        of.log.away = True
        spooled = await deliver(of)
    async with called(tmp_path / "full", max_spool_bytes=1) as of:
        of.log.away = True
        full = await deliver(of)

    assert spooled.status_code == 200
    assert full.status_code == 503
    assert int(full.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [(b"x" * 2_001, {}, 413), (BODY, {"Content-Type": "text/plain"}, 415), (BODY, {"Content-Type": ""}, 415)],
)
async def test_limits_are_told_before_anything_is_verified(
    tmp_path: Path, body: bytes, headers: dict[str, str], status: int
) -> None:
    async with called(tmp_path, settings=GatewaySettings(max_hook_bytes=2_000)) as of:
        answer = await deliver(of, body, headers)

    assert answer.status_code == status
    assert of.log.messages == []


async def test_callers_that_guess_accounts_are_slowed_down(tmp_path: Path) -> None:
    async with called(tmp_path, settings=GatewaySettings(requests_per_minute=2)) as of:
        statuses = [(await deliver(of, url=f"/webhooks/webhook/{guess}")).status_code for guess in range(3)]

    assert statuses == [404, 404, 429]


async def test_a_vendor_hears_its_own_acknowledgement_also_for_what_is_no_complaint(tmp_path: Path) -> None:
    async with called(tmp_path) as of:
        answer = await of.client.post(
            "/webhooks/echoing/a?echostr=1&more=2", content=b"<xml/>", headers={"X-Sent-By": "v"}
        )
        [record] = of.log.on(DELIVERIES_RAW.name)

    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (200, "success", "text/xml")
    assert RawDelivery.model_validate_json(record.value).headers == {"x-sent-by": "v", "?echostr": "1"}


async def test_what_the_caller_can_mend_is_a_4xx(tmp_path: Path) -> None:
    async with called(tmp_path) as of:
        answer = await of.client.post("/webhooks/echoing/a", content=b"mend me")

    assert (answer.status_code, answer.json()["detail"]) == (422, "say it otherwise")


class Exact(Echoing):
    """A vendor that signs the whole address it calls."""

    def hook(self, account: str, event: str | None = None) -> Hook | None:
        return Hook(("text/xml", ""), query=("",), answer=self._answer)


async def test_a_third_part_of_the_path_and_the_query_as_it_was_written_reach_the_connector(tmp_path: Path) -> None:
    async with called(tmp_path) as of:
        of.parts.hooks = {"echoing": Exact()}
        answer = await of.client.post("/webhooks/echoing/a/sms?b=%27&a=&b=2", content=b"<xml/>")
        [record] = of.log.on(DELIVERIES_RAW.name)

    assert answer.text == "successsmsb=%27&a=&b=2"
    assert RawDelivery.model_validate_json(record.value).source == {"event": "sms"}


class Presenting(Echoing):
    """A vendor that signs nothing and presents a secret in the query of the address we gave it."""

    channel = "presenting"

    def hook(self, account: str, event: str | None = None) -> Hook | None:
        return Hook(("text/xml", ""), query=("key",), kept=self._kept)

    def _kept(self, presented: Evidence) -> Evidence:
        return {"x-known": str(presented.get("?key") == SECRET), "x-caller": presented[CALLER]}


async def test_a_secret_that_is_presented_is_not_stored_but_what_came_of_it(tmp_path: Path) -> None:
    async with called(tmp_path) as of:
        of.parts.hooks = {"presenting": Presenting()}
        answer = await of.client.post(f"/webhooks/presenting/a?key={SECRET}", content=b"<xml/>")
        [record] = of.log.on(DELIVERIES_RAW.name)

    assert answer.status_code == 200
    assert RawDelivery.model_validate_json(record.value).headers == {"x-known": "True", "x-caller": "192.0.2.7"}
    assert SECRET.encode() not in record.value


async def test_a_url_is_verified_by_echo_and_nothing_is_stored(tmp_path: Path) -> None:
    async with called(tmp_path) as of:
        ours = await of.client.get("/webhooks/echoing/a?echostr=mine")
        forged = await of.client.get("/webhooks/echoing/a?echostr=other")

    assert (ours.status_code, ours.text) == (200, "mine")
    assert ours.headers["content-type"] == "text/plain; charset=utf-8"
    assert forged.status_code == 401
    assert of.log.messages == []


async def test_under_a_nonce_the_same_body_is_a_retry_and_another_one_is_refused(tmp_path: Path) -> None:
    async with called(tmp_path) as of:
        sent = [("1", b"a"), ("1", b"a"), ("1", b"b"), ("2", b"b")]
        answers = [await of.client.post(f"/webhooks/echoing/a?nonce={nonce}", content=body) for nonce, body in sent]
        elsewhere = await of.client.post("/webhooks/echoing/b?nonce=1", content=b"b")

    assert [one.status_code for one in answers] == [200, 200, 401, 200]
    assert elsewhere.status_code == 200


async def test_a_nonce_is_not_used_up_by_what_was_not_taken(tmp_path: Path) -> None:
    url = "/webhooks/echoing/a?nonce=1"
    async with called(tmp_path) as of:
        answers = [await of.client.post(url, content=body) for body in (b"unsigned", b"mend me", b"corrected")]

    assert [one.status_code for one in answers] == [401, 422, 200]


def test_the_memory_of_nonces_is_bounded_and_unsigned_calls_push_nothing_out() -> None:
    replays = Replays(max_remembered=2)
    for signed in ("1", "2", "3"):
        with replays.once((signed,), b"a"):
            pass
    for number in range(10):
        with pytest.raises(ValueError, match="unsigned"), replays.once((f"guess {number}",), b"x"):
            raise ValueError("unsigned")

    with replays.once(("1",), b"another, as the oldest is forgotten"):
        pass
    with pytest.raises(NotGenuine), replays.once(("3",), b"another"):
        pass
