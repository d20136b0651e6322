"""The contract is served to whoever builds a department's system: without sign-in, with the names of this house."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator
from selectolax.lexbor import LexborHTMLParser
from starlette.types import ASGIApp

from gateway.app import create_app
from gateway.parts import GatewayParts
from operations.pages import OperationsParts, extension
from schemas.policy import load_pack
from schemas.settings import GatewaySettings, KafkaSettings, Settings
from tests.gateway.http import TOKEN_KEYS
from tests.gateway.memory_log import MemoryLog
from tests.gateway.parts import PSEUDONYM_KEY, WEB, intake_path

both_languages = pytest.mark.parametrize("lang", ["zh-CN", "en"])


@asynccontextmanager
async def application(tmp_path: Path) -> AsyncIterator[ASGIApp]:
    """A gateway with its operations part, without a database."""
    settings = Settings(kafka=KafkaSettings(prefix="acme", partitions=7))
    async with intake_path(MemoryLog(), tmp_path) as intake:
        parts = GatewayParts(intake, WEB, GatewaySettings(), TOKEN_KEYS, PSEUDONYM_KEY, "https://c.example.com")
        yield create_app(parts, [extension(OperationsParts(settings, load_pack(), None))])


@asynccontextmanager
async def served(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Call it without a network."""
    async with (
        application(tmp_path) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://c.example.com") as client,
    ):
        yield client


async def test_the_document_names_the_topics_of_this_installation(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        answer = await client.get("/asyncapi.yaml")

    assert answer.headers["content-type"].startswith("application/yaml")
    channel = yaml.safe_load(answer.text)["channels"]["department-quality"]
    assert channel["address"] == "acme.departments.quality.v1"
    assert channel["bindings"]["kafka"]["partitions"] == 7


async def test_schemas_are_served_by_name_and_nothing_else_is(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        schema = await client.get("/schemas/assignment.json")
        strangers = [
            await client.get(f"/schemas/{name}.json")
            for name in ("nothing", "..%2Fjson%2Fassignment", "commands%2Flag")
        ]

    Draft202012Validator.check_schema(schema.json())
    assert [one.status_code for one in strangers] == [404, 404, 404]


@both_languages
async def test_the_page_tells_topics_samples_and_schemas_in_both_languages(tmp_path: Path, lang: str) -> None:
    async with served(tmp_path) as client:
        answer = await client.get("/docs/departments", params={"lang": lang})

    assert f'<html lang="{lang}">' in answer.text
    for told in ("acme.departments.quality.v1", "assignment.withdrawn", "need-information", "webhook-signature"):
        assert told in answer.text


@both_languages
async def test_the_page_keeps_to_the_strict_policy(tmp_path: Path, lang: str) -> None:
    async with served(tmp_path) as client:
        page = LexborHTMLParser((await client.get("/docs/departments", params={"lang": lang})).text)

    assert page.css("script, style, [style], [onclick]") == []
    loaded = [one.attributes["href"] for one in page.css("link[href]")] + [
        one.attributes["src"] for one in page.css("[src]")
    ]
    assert [one for one in loaded if not (one or "").startswith("/static/")] == []


async def test_every_link_of_the_page_leads_somewhere(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        page = LexborHTMLParser((await client.get("/docs/departments")).text)
        inner = {str(one.attributes["href"]) for one in page.css("[href]")} - {"https://www.standardwebhooks.com/"}
        answers = {href: (await client.get(href)).status_code for href in inner}

    assert {href for href, status in answers.items() if status != 200} == set()


async def test_without_a_database_a_system_gets_a_problem_it_can_read(tmp_path: Path) -> None:
    token = {"Authorization": "Bearer cit_any"}
    async with served(tmp_path) as client:
        answers = [
            await client.get("/api/v1/cases/1/contact?purpose=call%20back", headers=token),
            await client.get("/api/v1/attachments/1", headers=token),
        ]

    for answer in answers:
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert answer.headers["retry-after"]


async def test_every_answer_to_a_departments_system_is_described(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]

    contact, file = paths["/api/v1/cases/{case_id}/contact"]["get"], paths["/api/v1/attachments/{attachment_id}"]["get"]
    assert {"200", "401", "403", "404", "422", "429", "503"} <= set(contact["responses"])
    assert {"200", "401", "403", "404", "409", "410", "429", "503"} <= set(file["responses"])
    assert contact["security"] == file["security"] == [{"bearer": []}]
    assert {"/asyncapi.yaml", "/schemas/{name}.json", "/docs/departments"} <= set(paths)
