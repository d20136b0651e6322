"""Oddities of HTTP: forged hosts, odd paths, requests hidden in requests, headers that every answer has."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.http import listen
from gateway.app import create_app
from gateway.parts import GatewayParts
from gateway.server import GatewayServer
from operations.pages.extension import extension
from schemas.settings import GatewaySettings
from tests.gateway.http import TOKEN_KEYS, gateway
from tests.gateway.memory_log import MemoryLog
from tests.gateway.parts import PSEUDONYM_KEY, WEB, intake_path
from tests.operations.pages.looks import Looks
from tests.security.doors import DOORS, ID, address, application, doors_of

EVIL = "attack.example"
INSIDE = ("/ops", "/staff", "/ops/accounts", "/ops/audit/export.csv")


async def test_no_answer_believes_the_host_it_was_called_by(tmp_path: Path) -> None:
    forged = {"host": EVIL, "x-forwarded-host": EVIL, "x-forwarded-proto": "gopher", "forwarded": f"host={EVIL}"}
    async with gateway(tmp_path) as of:
        answers = [
            await of.client.get("/", headers=forged),
            await of.client.get("/track/ETNV-X5SQ-JG01-G", headers=forged),
            await of.client.get("/openapi.json", headers=forged),
            await of.client.post("/api/v1/complaints", json={"text": "坏了"}, headers=forged),
            await of.client.get("/staff", headers=forged),
            await of.client.get("/static", headers=forged),
        ]

    for answer in answers[:5]:
        assert EVIL not in answer.text + "".join(answer.headers.values()), answer.url
    assert answers[3].headers["location"].startswith("https://c.example.com/")


@pytest.mark.parametrize("lang", ["", "?lang=en"])
async def test_an_address_typed_with_a_slash_leads_to_the_same_host(tmp_path: Path, lang: str) -> None:
    async with gateway(tmp_path) as of:
        answer = await of.client.get(f"/track/ETNV-X5SQ-JG01-G/{lang}", headers={"host": EVIL})

    assert (answer.status_code, answer.headers["location"]) == (307, f"/track/ETNV-X5SQ-JG01-G{lang}")


@pytest.mark.parametrize(
    "path",
    ["//{0}/", "/%2f{0}/", "/%5c{0}/", "/%2f%2f{0}/", "/\\{0}/", "///{0}/%2e%2e/", "/%09/{0}/", "/api/v1/{0}/"],
)
async def test_no_slash_leads_to_another_host(tmp_path: Path, path: str) -> None:
    async with gateway(tmp_path) as of:
        answer = await of.client.get("https://c.example.com" + path.format(EVIL))

    led_to = answer.headers.get("location", "/")
    assert answer.status_code in (307, 404)
    assert led_to.startswith("/")
    assert led_to[1:2] not in ("/", "\\", "\t")


@pytest.mark.parametrize("inside", INSIDE)
@pytest.mark.parametrize(
    "written",
    ["/{0}", "{0}/", "/.{0}", "/static/..{0}", "/%2e%2e{0}", "{0}%2f", "{0};x", "{0}%00", "/%6f%70%73", "{1}"],
)
async def test_no_other_way_to_write_an_address_leads_inside(tmp_path: Path, inside: str, written: str) -> None:
    async with gateway(tmp_path) as of:
        answer = await of.client.get("https://c.example.com" + written.format(inside, inside.upper()))

    assert answer.status_code in (303, 307, 404, 503), answer
    assert "location" not in answer.headers or EVIL not in answer.headers["location"]


@pytest.mark.parametrize(
    "name", ["../../app.py", "..%2f..%2fapp.py", "%2e%2e/%2e%2e/app.py", "....//app.py", "/etc/passwd"]
)
async def test_only_our_own_static_files_are_served(tmp_path: Path, name: str) -> None:
    async with gateway(tmp_path) as of:
        answers = [await of.client.get(f"/static{part}/{name}") for part in ("", "/staff")]

    assert [one.status_code for one in answers] == [404, 404]


async def test_every_door_answers_with_the_headers_that_guard_it(tmp_path: Path) -> None:
    app = await application(tmp_path)
    assert doors_of(app)[0] == set(DOORS)
    async with gateway(tmp_path / "other") as of:
        for method, path in DOORS:
            if not path.startswith(("/ops", "/api/v1/cases", "/api/v1/attachments", "/docs", "/schemas", "/asyncapi")):
                answer = await of.client.request(method, address(path))

                assert "default-src 'none'" in answer.headers["content-security-policy"], path
                assert "unsafe" not in answer.headers["content-security-policy"], path
                assert answer.headers["x-frame-options"] == "DENY", path
                assert answer.headers["x-content-type-options"] == "nosniff", path
                assert answer.headers["referrer-policy"] == "no-referrer", path
                assert "server" not in answer.headers, path


async def test_what_was_sent_wrongly_is_not_sent_back(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        answer = await of.client.put(f"/api/v1/drafts/{ID}/files/<script>attack", content=b"x")

    assert answer.status_code in (401, 404, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "attack" not in answer.text


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[int]:
    """The port of a real server around the whole application."""
    bound = listen("127.0.0.1", 0)
    async with intake_path(MemoryLog(), folder) as intake:
        parts = GatewayParts(intake, WEB, GatewaySettings(), TOKEN_KEYS, PSEUDONYM_KEY, "https://c.example.com")
        app = create_app(parts, [extension(Looks().parts())])
        server, stop = GatewayServer(parts.settings, app, bound), asyncio.Event()
        serving = asyncio.create_task(server.run(stop))
        try:
            yield bound.getsockname()[1]
        finally:
            stop.set()
            await serving


async def answers_to(port: int, sent: bytes) -> list[bytes]:
    """The status lines that come back until the server ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    writer.write_eof()
    whole = await reader.read()
    writer.close()
    return [line for line in whole.replace(b"\r\n", b"\n").split(b"\n") if line.startswith(b"HTTP/1.1 ")]


HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.services
@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 4\r\nContent-Length: 40\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Content-Length: +4\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 0x4\r\n",
        b"Content-Length : 4\r\n",
    ],
)
async def test_a_request_of_two_lengths_is_refused_and_hides_no_other(tmp_path: Path, head: bytes) -> None:
    async with served(tmp_path) as port:
        asked = b"POST /api/v1/complaints HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + head + b"\r\n"
        found = await answers_to(port, asked + b"0\r\n\r\n" + HIDDEN)

    assert not any(b" 200 " in one or b" 202 " in one for one in found), found


@pytest.mark.services
@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nX-A: b\rInjected: c\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-A: \x00\r\n\r\n",
        b"GET  / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 9,
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused_and_the_server_goes_on(tmp_path: Path, sent: bytes) -> None:
    async with served(tmp_path) as port:
        found = await answers_to(port, sent)
        after = await answers_to(port, HIDDEN)

    assert not any(b" 200 " in one or b" 500 " in one for one in found), found
    assert after == [b"HTTP/1.1 200 OK"]
