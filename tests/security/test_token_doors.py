"""Doors for tokens answer programs: problems with a time to come again, never a page, also without a database."""

from pathlib import Path

import httpx
import pytest

from gateway.app import create_app
from gateway.parts import GatewayParts
from gateway.tokens import Scope
from operations.pages.extension import extension
from schemas.settings import GatewaySettings
from tests.gateway.http import TOKEN_KEYS
from tests.gateway.memory_log import MemoryLog
from tests.gateway.parts import PSEUDONYM_KEY, WEB, intake_path
from tests.operations.pages.looks import Looks
from tests.security.doors import DOORS, Door, address

OF_TOKENS = [door for door, needs in DOORS.items() if isinstance(needs, Scope)]


async def answer(folder: Path, door: Door, **headers: str) -> httpx.Response:
    """What a gateway without a database answers."""
    return (await answers(folder, door, 1, GatewaySettings(), headers))[0]


async def answers(
    folder: Path, door: Door, times: int, settings: GatewaySettings, headers: dict[str, str]
) -> list[httpx.Response]:
    """What it answers to the same call again and again."""
    async with intake_path(MemoryLog(), folder) as intake:
        parts = GatewayParts(intake, WEB, settings, TOKEN_KEYS, PSEUDONYM_KEY, "https://c.example.com")
        transport = httpx.ASGITransport(create_app(parts, [extension(Looks().parts())]))
        async with httpx.AsyncClient(transport=transport, base_url="https://c.example.com") as client:
            method, path = door
            asked = client.build_request(method, address(path), headers=headers, params={"purpose": "to call back"})
            return [await client.send(asked) for _ in range(times)]


@pytest.mark.parametrize("door", OF_TOKENS)
@pytest.mark.parametrize("accept", ["application/json", "text/html", "*/*"])
async def test_without_a_database_a_token_is_told_when_to_come_again(tmp_path: Path, door: Door, accept: str) -> None:
    found = await answer(tmp_path, door, authorization="Bearer cit_x", accept=accept)

    assert (found.status_code, found.headers["content-type"]) == (503, "application/problem+json")
    assert found.headers["retry-after"].isdigit()


@pytest.mark.parametrize("door", OF_TOKENS)
async def test_without_a_token_it_is_asked_for(tmp_path: Path, door: Door) -> None:
    found = await answer(tmp_path, door)

    assert (found.status_code, found.headers["content-type"]) == (401, "application/problem+json")
    assert found.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("door", OF_TOKENS)
async def test_calls_that_are_refused_are_counted(tmp_path: Path, door: Door) -> None:
    found = await answers(tmp_path, door, 3, GatewaySettings(requests_per_minute=2), {"accept": "text/html"})

    assert [one.status_code for one in found] == [401, 401, 429]
    assert found[2].headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("door", OF_TOKENS)
async def test_the_document_describes_each_with_its_errors(tmp_path: Path, door: Door) -> None:
    document = (await answer(tmp_path, ("GET", "/openapi.json"))).json()
    method, path = door

    operation = document["paths"][path][method.lower()]

    assert {"401", "403", "429", "503"} <= set(operation["responses"])
    assert operation["security"] == [{"bearer": []}]
