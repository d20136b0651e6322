"""Departments report over HTTP: each speaks for itself only, nothing is taken that is not durable."""

import gzip
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.reports import ReportNotStored, Reports
from gateway.tokens import Scope, make
from schemas.records import DepartmentStatus
from schemas.signing import SIGNATURE_HEADER, is_genuine
from schemas.topics import STATUS
from schemas.wire import Naming, read_headers
from tests.gateway.http import Gateway, gateway
from tests.gateway.memory_log import MemoryLog
from tests.gateway.parts import NOW
from tests.workers.casework.pieces import CASE, reported
from tests.workers.conftest import engine as engine

pytestmark = pytest.mark.services

KEY = b"k" * 32
REPORT = {"case_id": str(CASE), "status": "answered", "text_for_customer": "已退款"}


@pytest.fixture
async def served(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Gateway]:
    log = MemoryLog()
    reports = Reports(lambda: log, Naming(), {"quality": KEY})
    async with gateway(tmp_path, engine=engine, reports=reports) as found:
        found.log = log
        yield found


async def token(engine: AsyncEngine, *scopes: Scope, department: str | None = "quality") -> dict[str, str]:
    """The header of a new token."""
    async with engine.begin() as connection:
        until = NOW + timedelta(days=1)
        _, made = await make(connection, NOW, "t", scopes, department=department, expires_at=until, by="admin")
    return {"Authorization": f"Bearer {made}"}


async def post(served: Gateway, headers: dict[str, str], **fields: Any) -> httpx.Response:
    """Report something."""
    return await served.client.post("/api/v1/status", json=REPORT | fields, headers=headers)


async def test_a_report_is_signed_and_durable_under_its_case_when_it_is_taken(
    served: Gateway, engine: AsyncEngine
) -> None:
    headers, number = await token(engine, Scope.STATUS), str(uuid4())

    first = await post(served, headers, status_id=number, department="finance")
    again = await post(served, headers, status_id=number)

    assert (first.status_code, first.json(), again.json()) == (202, {"status_id": number}, {"status_id": number})
    message = served.log.on(STATUS.name)[0]
    status = DepartmentStatus.model_validate_json(message.value)
    assert (status.department, status.status, status.at, message.key) == (
        "quality",
        "answered",
        NOW,
        str(CASE).encode(),
    )
    assert is_genuine(KEY, message.value, read_headers(message.headers)[SIGNATURE_HEADER])


async def test_who_may_not_report_is_refused(served: Gateway, engine: AsyncEngine) -> None:
    nobody, other = await token(engine, Scope.METRICS, department=None), await token(engine, Scope.CONTACT)

    codes = [(await post(served, one)).status_code for one in ({}, {"Authorization": "Bearer x"}, nobody, other)]

    assert codes == [401, 401, 403, 403]
    assert served.log.messages == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"status": "routed"}, "status"),
        ({"status": "gone"}, "status"),
        ({"case_id": "1"}, "case_id"),
        ({"text_for_customer": "字" * 2_001}, "text_for_customer"),
        ({"suggested_department": "../x"}, "suggested_department"),
        ({"at": "2026-11-22T08:00:00"}, "at"),
        ({"at": "0001-01-01T00:01:01+03:04"}, "at"),
        ({"at": "9999-12-31T23:59:59-00:01"}, "at"),
        ({"at": 0.0}, "at"),
        ({"at": "1700000000"}, "at"),
    ],
)
async def test_a_wrong_field_is_named(served: Gateway, engine: AsyncEngine, fields: dict[str, str], field: str) -> None:
    answer = await post(served, await token(engine, Scope.STATUS), **fields)

    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, [field])


async def test_nothing_is_reported_from_the_future(served: Gateway, engine: AsyncEngine) -> None:
    await post(served, await token(engine, Scope.STATUS), at="2099-01-01T00:00:00Z")

    assert DepartmentStatus.model_validate_json(served.log.on(STATUS.name)[0].value).at == NOW


async def test_what_is_no_json_is_refused(served: Gateway, engine: AsyncEngine) -> None:
    headers = await token(engine, Scope.STATUS) | {"Content-Type": "application/json"}

    answer = await served.client.post("/api/v1/status", content=b"{", headers=headers)

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"x":' * 900 + b"1" + b"}" * 900, b'{"x":' + b"1" * 5_000 + b"}"])
async def test_what_is_too_deep_or_too_long_to_be_read_is_refused(
    served: Gateway, engine: AsyncEngine, body: bytes
) -> None:
    headers = await token(engine, Scope.STATUS) | {"Content-Type": "application/json"}

    answer = await served.client.post("/api/v1/status", content=body, headers=headers)

    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (400, "malformed")


async def test_a_text_cut_in_the_middle_of_a_character_is_taken(served: Gateway, engine: AsyncEngine) -> None:
    headers = await token(engine, Scope.STATUS) | {"Content-Type": "application/json"}
    cut = json.dumps(REPORT | {"text_for_customer": "已退款\ud83d", "internal_note": "a\0b"}).encode("utf-8-sig")

    answer = await served.client.post("/api/v1/status", content=cut, headers=headers)

    assert answer.status_code == 202
    status = DepartmentStatus.model_validate_json(served.log.on(STATUS.name)[0].value)
    assert (status.text_for_customer, status.internal_note) == ("已退款\ufffd", "a\ufffdb")


async def test_what_unpacks_to_more_than_it_is_stays_packed_and_is_refused(
    served: Gateway, engine: AsyncEngine
) -> None:
    headers = await token(engine, Scope.STATUS) | {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    bomb = gzip.compress(b'{"internal_note":"' + b"0" * 10_000_000 + b'"}')

    answer = await served.client.post("/api/v1/status", content=bomb, headers=headers)

    assert (answer.status_code, answer.json()["detail"]) == (415, "send the report as it is, not compressed")


async def test_a_report_is_small(served: Gateway, engine: AsyncEngine) -> None:
    headers, words = await token(engine, Scope.STATUS), "😀" * 4_000

    large = await post(served, headers, more="x" * 300_000)
    longest = await post(served, headers, internal_note=words, text_for_customer=words[:2_000])

    assert (large.status_code, longest.status_code) == (413, 202)


async def test_of_a_word_that_is_said_twice_the_last_counts(served: Gateway, engine: AsyncEngine) -> None:
    headers = await token(engine, Scope.STATUS) | {"Content-Type": "application/json"}
    twice = b'{"status": "accepted", "department": "finance", ' + json.dumps(REPORT).encode()[1:]

    await served.client.post("/api/v1/status", content=twice, headers=headers)

    status = DepartmentStatus.model_validate_json(served.log.on(STATUS.name)[0].value)
    assert (status.status, status.department) == ("answered", "quality")


async def test_without_kafka_it_says_when_to_come_again_and_then_takes_it(served: Gateway, engine: AsyncEngine) -> None:
    headers = await token(engine, Scope.STATUS)
    served.log.away = True
    refused = await post(served, headers)
    served.log.away = False

    taken = await post(served, headers)

    assert (refused.status_code, refused.headers["retry-after"], taken.status_code) == (503, "5", 202)


async def test_a_broken_connection_is_made_anew() -> None:
    first, second = MemoryLog(), MemoryLog()
    logs = iter((first, second))
    reports = Reports(lambda: next(logs), Naming(), {})
    await reports.publish(reported("accepted"))
    first.away = True

    with pytest.raises(ReportNotStored):
        await reports.publish(reported("answered"))
    await reports.publish(reported("answered"))

    assert (len(first.messages), len(second.messages)) == (1, 1)


async def test_the_document_shows_how_to_report(served: Gateway) -> None:
    document = (await served.client.get("/openapi.json")).json()

    operation = document["paths"]["/api/v1/status"]["post"]
    assert set(operation["responses"]) >= {"202", "401", "403", "422", "503"}
    assert operation["requestBody"]["content"]["application/json"]["example"]["status"] == "answered"
