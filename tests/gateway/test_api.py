"""The API: every answer, and which posts are one complaint."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from schemas.complaint import Proof
from schemas.settings import GatewaySettings
from tests.gateway.http import Gateway, gateway

API = "/api/v1/complaints"
BODY = {"text": "牛奶过期了"}
TOKENS = GatewaySettings(
    api_clients={"crm": SecretStr("crm-token"), "app": SecretStr("app-token")}, api_scopes={"app": ("identify",)}
)


def problem(answer: httpx.Response, status: int, name: str) -> dict[str, Any]:
    """Check that an answer is the problem `name`."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"urn:complaint-intake:problem:{name}"
    assert body["status"] == status
    return body


async def post(of: Gateway, body: Any = BODY, key: str | None = None, **headers: str) -> httpx.Response:
    """Post JSON."""
    return await of.client.post(API, json=body, headers=headers | ({"Idempotency-Key": key} if key else {}))


async def test_an_accepted_complaint_has_its_number_and_where_to_look_it_up(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        answer = await post(of, BODY | {"sender": {"phones": ["138 0013 8000"], "emails": ["Li@Example.com"]}})

    [complaint] = of.complaints()
    assert answer.status_code == 202
    assert answer.json() == {
        "complaint_id": str(complaint.complaint_id),
        "tracking_number": complaint.tracking_number,
        "status_url": f"https://c.example.com/track/{complaint.tracking_number}",
    }
    assert answer.headers["location"] == answer.json()["status_url"]
    assert complaint.sender is not None
    assert complaint.sender.phones == ("+8613800138000",)
    assert complaint.reply_to == "li@example.com"
    assert (complaint.channel, complaint.entry, complaint.language) == ("web", "api", "zh-Hans")


async def test_the_same_post_again_is_the_same_complaint(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        first, again = await post(of, key="k-1"), await post(of, key="k-1")

    assert first.json() == again.json()
    assert len({one.complaint_id for one in of.complaints()}) == 1


async def test_another_body_or_client_or_key_is_another_complaint(tmp_path: Path) -> None:
    async with gateway(tmp_path, TOKENS) as of:
        answers = [
            await post(of, key="k-1"),
            await post(of, {"text": "另一件事"}, key="k-1"),
            await post(of, key="k-1", Authorization="Bearer crm-token"),
            await post(of, key="k-1", Authorization="Bearer app-token"),
            await post(of, key="k-2"),
            await post(of),
            await post(of),
        ]

    assert len({answer.json()["complaint_id"] for answer in answers}) == len(answers)
    first, other_body = of.complaints()[:2]
    assert first.source_id == other_body.source_id, "so that deduplicate can see the reused key"


async def test_source_ids_hold_no_key_and_no_address(tmp_path: Path) -> None:
    async with gateway(tmp_path, address="198.51.100.9") as of:
        await post(of, key="li@example.com")

    assert "li@example.com" not in of.complaints()[0].source_id
    assert "198.51.100.9" not in of.log.messages[0].value.decode()


async def test_two_hundred_posts_at_once_are_two_hundred_complaints(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        answers = await asyncio.gather(*(post(of, key=f"k-{number}") for number in range(200)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["tracking_number"] for answer in answers}) == 200


async def test_multipart_carries_the_json_and_files(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        answer = await of.client.post(
            API,
            files={
                "complaint": (None, json.dumps(BODY), "application/json"),
                "photo": ("C:\\pictures\\牛奶.jpg", b"\xff\xd8", "image/jpeg"),
            },
        )

    [complaint] = of.complaints()
    [attachment] = complaint.attachments
    assert answer.status_code == 202
    assert (attachment.name, attachment.media_type, attachment.size_bytes) == ("牛奶.jpg", "image/jpeg", 2)


async def test_multipart_may_send_the_fields_of_the_form(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        answer = await of.client.post(
            API, data={"text": "坏了", "phone": "021-6288 8888", "store": "s1"}, files={"f": ("a.txt", b"")}
        )

    [complaint] = of.complaints()
    assert answer.status_code == 202
    assert complaint.stated.store == "s1"
    assert complaint.sender is not None
    assert complaint.sender.phones == ("+862162888888",)


DEEP = b'{"text": "a", "b":' + b"[" * 700 + b"]" * 700 + b"}"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b'{"text": NaN}', b"[" * 100_000, DEEP, b'{"a":' + b"9" * 5000]
)
async def test_what_is_no_json_is_malformed(tmp_path: Path, body: bytes) -> None:
    async with gateway(tmp_path) as of:
        answer = await of.client.post(API, content=body, headers={"Content-Type": "application/json"})

    problem(answer, 400, "malformed")


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "text", "missing"),
        ({"text": " \u3000\n"}, "text", "missing"),
        ({"text": 5}, "text", "invalid"),
        ({"text": "x" * 20_001}, "text", "too_long"),
        (BODY | {"sender": {"emails": ["nobody"]}}, "sender.emails.0", "invalid"),
        (BODY | {"sender": {"phones": ["1"] * 6}}, "sender.phones", "too_many"),
        (BODY | {"stated": {"store": "s" * 501}}, "stated.store", "too_long"),
        ([], "", "invalid"),
    ],
)
async def test_a_wrong_field_is_named(tmp_path: Path, body: Any, field: str, code: str) -> None:
    async with gateway(tmp_path) as of:
        answer = await post(of, body)

    [error] = problem(answer, 422, "invalid-fields")["errors"]
    assert (error["field"], error["code"]) == (field, code)
    assert of.log.messages == []


async def test_text_that_cannot_be_stored_is_mended(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        answer = await of.client.post(
            API, content=b'{"text": "a\\u0000b\\ud800c"}', headers={"Content-Type": "application/json"}
        )

    assert answer.status_code == 202
    assert of.complaints()[0].text == "a\ufffdb\ufffdc"


@pytest.mark.parametrize("key", ["", "a b", "k" * 256, "schlüssel"])
async def test_an_idempotency_key_is_1_to_255_visible_ascii_characters(tmp_path: Path, key: str) -> None:
    async with gateway(tmp_path) as of:
        answer = await of.client.post(API, json=BODY, headers={b"Idempotency-Key": key.encode("latin-1")})

    problem(answer, 400, "malformed")


@pytest.mark.parametrize("given", ["Bearer wrong", "Basic crm-token", "Bearer", "crm-token", "Bearer é"])
async def test_an_unknown_token_is_refused(tmp_path: Path, given: str) -> None:
    async with gateway(tmp_path, TOKENS) as of:
        answer = await of.client.post(API, json=BODY, headers={b"Authorization": given.encode("latin-1")})

    problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_identifiers_of_strangers_need_the_scope(tmp_path: Path) -> None:
    body = BODY | {"sender": {"openid": "o-1", "phones": ["13800138000"], "proofs": {"13800138000": "otp"}}}
    async with gateway(tmp_path, TOKENS) as of:
        stranger = await post(of, body)
        without = await post(of, body, Authorization="Bearer crm-token")
        trusted = await post(of, body, Authorization="Bearer app-token")

    problem(stranger, 403, "scope-required")
    problem(without, 403, "scope-required")
    assert trusted.status_code == 202
    [complaint] = of.complaints()
    assert complaint.sender is not None
    assert complaint.sender.openid == "o-1"
    assert complaint.sender.proofs == {"o-1": Proof.CHANNEL, "13800138000": Proof.OTP}


async def test_other_content_types_are_unsupported(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        problem(await of.client.post(API, content=b"<a/>", headers={"Content-Type": "text/xml"}), 415,
                "unsupported-media-type")  # fmt: skip
        problem(await of.client.post(API, content=b"{}"), 415, "unsupported-media-type")


async def test_a_body_over_the_limit_is_refused_declared_or_not(tmp_path: Path) -> None:
    async def chunks() -> Any:
        for _ in range(20):
            yield b" " * 100

    async with gateway(tmp_path, GatewaySettings(max_body_bytes=1_000)) as of:
        headers = {"Content-Type": "application/json"}
        problem(await of.client.post(API, content=b" " * 1_001, headers=headers), 413, "too-large")
        problem(await of.client.post(API, content=chunks(), headers=headers), 413, "too-large")


async def test_too_many_files_are_refused(tmp_path: Path) -> None:
    files = [("f", (f"{number}.txt", b"x")) for number in range(3)]
    async with gateway(tmp_path, GatewaySettings(max_files=2)) as of:
        answer = await of.client.post(API, data={"text": "a"}, files=files)

    [error] = problem(answer, 422, "invalid-fields")["errors"]
    assert (error["field"], error["code"]) == ("files", "too_many")


@pytest.mark.parametrize(
    ("key", "step"), [("a/b~c", "a~1b~0c"), ("电 话%", "%E7%94%B5%20%E8%AF%9D%25"), ("\ud83d", "%EF%BF%BD")]
)
async def test_a_pointer_leads_to_a_name_whatever_it_holds(tmp_path: Path, key: str, step: str) -> None:
    async with gateway(tmp_path) as of:
        body = json.dumps(BODY | {"sender": {"proofs": {key: 5}}})
        answer = await of.client.post(API, content=body, headers={"Content-Type": "application/json"})

    [error] = problem(answer, 422, "invalid-fields")["errors"]
    assert error["pointer"] == f"#/sender/proofs/{step}"


async def test_broken_multipart_is_malformed(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        cut_off = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nfirst\r\n--x\r\nContent-Disp'
        for content_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
            for body in (b"--x\r\nnonsense", cut_off, b""):
                answer = await of.client.post(API, content=body, headers={"Content-Type": content_type})
                problem(answer, 400, "malformed")


async def test_over_its_rate_a_client_waits_and_others_do_not(tmp_path: Path) -> None:
    async with gateway(tmp_path, TOKENS.model_copy(update={"requests_per_minute": 2})) as of:
        answers = [await post(of) for _ in range(3)]
        other = await post(of, Authorization="Bearer crm-token")

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    problem(answers[2], 429, "too-many-requests")
    assert 1 <= int(answers[2].headers["retry-after"]) <= 30
    assert other.status_code == 202


async def test_what_cannot_be_stored_is_503_with_retry_after(tmp_path: Path) -> None:
    async with gateway(tmp_path, max_spool_bytes=10) as of:
        of.log.away = True
        answer = await post(of)
        ready = await of.client.get("/readyz")

    problem(answer, 503, "not-durable")
    assert int(answer.headers["retry-after"]) > 0
    assert ready.status_code == 503
    assert ready.json()["parts"][0]["facts"]["durable"] == "spool"


async def test_without_kafka_it_accepts_and_stays_ready(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        of.log.away = True
        answer = await post(of)
        ready = await of.client.get("/readyz")

    assert answer.status_code == 202
    assert ready.status_code == 200


@pytest.mark.parametrize("path", ["/nothing", "/webhooks/wechat/abc", "/webhooks/phone/abc/sms", "/docs", "/static/x"])
async def test_what_is_not_there_is_a_problem(tmp_path: Path, path: str) -> None:
    async with gateway(tmp_path) as of:
        problem(await of.client.get(path), 404, "not-found")
        problem(await of.client.post(path) if "static" not in path else await of.client.get(path), 404, "not-found")


async def test_a_wrong_method_is_a_problem_that_names_the_right_one(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        answer = await of.client.get(API)

    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"


async def test_a_defect_is_a_500_without_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("quotes 13800138000")

    async with gateway(tmp_path) as of:
        monkeypatch.setattr(of.parts.intake, "receive", broken)
        answer = await post(of)

    problem(answer, 500, "internal")
    assert "13800138000" not in answer.text


async def test_every_answer_has_the_security_headers(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        for answer in (await post(of), await of.client.get("/"), await of.client.get("/nothing")):
            assert "unsafe" not in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "set-cookie" not in answer.headers


async def test_metrics_and_liveness_answer(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        await post(of)

        assert (await of.client.get("/healthz")).json() == {"status": "alive"}
        assert 'intake_complaints_total{channel="web",durable="kafka"}' in (await of.client.get("/metrics")).text
