"""Departments report over HTTP: each speaks for itself only, nothing is taken that is not durable."""

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
