"""A gateway with its operations part, a database and Kafka; complaints that were routed; tokens of departments."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.app import create_app
from gateway.parts import GatewayParts
from gateway.tokens import Scope, make
from infra.database import create_engine, migrate
from infra.kafka import create_topics, producer
from infra.objects import LocalFolder
from operations.pages import OperationsParts, extension
from schemas.records import Classified
from schemas.settings import AccessSettings, DatabaseSettings, KafkaSettings, ObjectSettings, Settings
from schemas.tables.deduplicate import CASE_MEMBERS
from schemas.tables.staff import AUDIT_LOG
from schemas.topics import CLASSIFIED
from tests.gateway.http import TOKEN_KEYS
from tests.gateway.memory_log import MemoryLog
from tests.gateway.parts import NOW, WEB, intake_path
from tests.services import Services
from tests.workers.route.pieces import PACK
from workers.bulk import insert_rows
from workers.route import Route
from workers.runtime.driver import incoming, run_batch

CONTACT_KEY = b"c" * 32


@dataclass
class House:
    """An installation as a department's system meets it."""

    client: httpx.AsyncClient
    engine: AsyncEngine
    settings: Settings
    objects: LocalFolder
    app: Any
    inner: FastAPI

    async def route(self, *records: Classified) -> None:
        """Write complaints to the log, with their places in their cases, and route them from there."""
        name, stage = self.settings.kafka.naming.topic(CLASSIFIED), Route(PACK, CONTACT_KEY)
        for record in records:
            async with producer(self.settings.kafka) as log:
                at = await log.send_and_wait(name, record.to_json(), key=str(record.case_id).encode())
            await self.member(record)
            item = incoming(record, at.offset, topic=name, partition=at.partition)
            await run_batch(stage, self.engine, [item])

    async def member(self, record: Classified) -> None:
        """Give a complaint its place in its case, as the deduplicate stage does."""
        row = {
            "complaint_id": record.complaint_id,
            "case_id": record.case_id,
            "case_seq": record.case_seq,
            "tracking_number": record.tracking_number,
            "verdict": record.link.verdict.value,
            "account": record.account,
            "received_at": record.received_at,
            "is_automatic": False,
            "is_referral": False,
            "sealed": record.sealed,
        }
        async with self.engine.begin() as connection:
            await insert_rows(connection, CASE_MEMBERS, [row])

    async def token(self, department: str | None, *scopes: Scope) -> dict[str, str]:
        """Make a token; return the header that shows it."""
        async with self.engine.begin() as connection:
            _, token = await make(
                connection,
                NOW,
                "system",
                scopes or tuple(Scope),
                department=department,
                expires_at=NOW + timedelta(days=1),
                by="tests",
            )
        return {"Authorization": f"Bearer {token}"}

    async def contact(self, case_id: UUID, department: str = "quality", **query: str) -> httpx.Response:
        """Ask for the contacts of a case."""
        asked = {"purpose": "call back about the refund"} | query
        headers = await self.token(department)
        return await self.client.get(f"/api/v1/cases/{case_id}/contact", params=asked, headers=headers)

    async def file(self, attachment_id: UUID, department: str = "quality") -> httpx.Response:
        """Ask for a file."""
        headers = await self.token(department)
        return await self.client.get(f"/api/v1/attachments/{attachment_id}", headers=headers)

    async def audited(self) -> list[Any]:
        """What is on record."""
        async with self.engine.connect() as connection:
            return list(await connection.execute(select(AUDIT_LOG).order_by(AUDIT_LOG.c.entry_id)))


@asynccontextmanager
async def house_of(settings: Settings, engine: AsyncEngine, tmp_path: Path, **more: Any) -> AsyncIterator[House]:
    """Serve an installation with these settings; `more` are optional parts of its gateway."""
    async with intake_path(MemoryLog(), tmp_path) as intake:
        parts = GatewayParts(
            intake,
            WEB,
            settings.gateway,
            TOKEN_KEYS,
            CONTACT_KEY,
            "https://c.example.com",
            engine=engine,
            now=lambda: NOW,
            **more,
        )
        built: list[FastAPI] = []
        app = create_app(parts, [extension(OperationsParts(settings, PACK, engine)), built.append])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://c.example.com") as client:
            yield House(client, engine, settings, LocalFolder(tmp_path / "objects"), app, built[0])


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a database of its own with all tables."""
    await migrate(database_url)
    engine = create_engine(DatabaseSettings(url=SecretStr(database_url)))
    yield engine
    await engine.dispose()


@pytest.fixture
def house_settings(services: Services, topic_prefix: str, tmp_path: Path) -> Settings:
    """Settings of the installation."""
    return Settings(
        home=tmp_path,
        kafka=KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=1),
        objects=ObjectSettings(url=(tmp_path / "objects").as_uri()),
        access=AccessSettings(contacts_per_minute=5),
    )


@pytest.fixture
async def house(house_settings: Settings, engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[House]:
    """The installation, its log ready."""
    await create_topics(house_settings.kafka, [CLASSIFIED])
    async with house_of(house_settings, engine, tmp_path) as house:
        yield house
