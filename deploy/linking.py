"""Linking without a running system: the deduplicate stage over complaints from a file, on a database that goes away."""

import secrets
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.database import create_engine, migrate
from schemas.base import rfc3339
from schemas.commands import LinkedLine, LinkedPoints, LinkLine
from schemas.complaint import Channel, Complaint, Proof, RawRef, Referral, Sender, Stated
from schemas.identity import content_hash, named_uuid, tracking_number
from schemas.policy import PolicyPack
from schemas.records import Deduplicated, Verdict
from schemas.settings import DatabaseSettings, Settings
from schemas.tokens import TokenKeys
from workers.deduplicate import ClusterRules, Deduplicate, Windows
from workers.deduplicate.prints import Printer
from workers.families import family_by_rules
from workers.runtime.driver import incoming, run_batch

_KEY = b"the keys of a database that goes away need no secret"
_BATCH = 500


@contextmanager
def temporary_database() -> Iterator[str]:
    """Run an embedded PostgreSQL in a folder that goes away with it; gives its URL."""
    from deploy.local import EmbeddedPlatform, Part

    with tempfile.TemporaryDirectory(prefix="intake-link-", ignore_cleanup_errors=True) as folder:
        platform = EmbeddedPlatform(Path(folder), parts=frozenset({Part.DATABASE}))
        try:
            status = platform.up()
            assert status.database is not None  # noqa: S101 - tells mypy what up() promises
            yield status.database.url
        finally:
            platform.down()


@contextmanager
def empty_database(url: str) -> Iterator[str]:
    """A database of its own on the server at `url`, where the user may create some; gives its URL, drops it after."""
    name = f"linking_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@asynccontextmanager
async def migrated(url: str) -> AsyncIterator[AsyncEngine]:
    """Give an engine on the newest schema."""
    await migrate(url)
    engine = create_engine(DatabaseSettings(url=SecretStr(url)))
    try:
        yield engine
    finally:
        await engine.dispose()


def sample_stage(settings: Settings, pack: PolicyPack) -> Deduplicate:
    """The stage as the product has it, with keys that no installation has."""
    token_keys = TokenKeys("link", {"link": _KEY})
    printer = Printer(_KEY, token_keys, pack.linking, pack.zone, family=family_by_rules(pack))
    windows = settings.deduplicate
    cluster_rules = ClusterRules(pack.clusters, pack.quick_notices)
    return Deduplicate(printer, Windows(windows.order_window, windows.conversation_window), cluster_rules)


async def link_lines(
    engine: AsyncEngine, settings: Settings, pack: PolicyPack, lines: Iterable[LinkLine]
) -> AsyncIterator[LinkedLine]:
    """Decide the lines in order and yield one result each. Ids may be any text and come back as they were given.

    The same id twice is a redelivery: it is left out.
    """
    stage = sample_stage(settings, pack)
    given: dict[UUID, str] = {}
    waiting: list[Complaint] = []
    offset = 0
    for line in lines:
        complaint = complaint_of(line)
        if complaint.complaint_id in given:
            continue
        given[complaint.complaint_id] = line.complaint_id
        waiting.append(complaint)
        if len(waiting) == _BATCH:
            for linked in await _decide(engine, stage, waiting, given, offset):
                yield linked
            offset, waiting = offset + _BATCH, []
    for linked in await _decide(engine, stage, waiting, given, offset):
        yield linked


async def _decide(
    engine: AsyncEngine, stage: Deduplicate, batch: list[Complaint], given: dict[UUID, str], offset: int
) -> list[LinkedLine]:
    items = [incoming(one, offset + place, at=one.received_at) for place, one in enumerate(batch)]
    records = [emit.record for emit in await run_batch(stage, engine, items)] if items else []
    return [_linked(record, given) for record in records if isinstance(record, Deduplicated)]


def _linked(record: Deduplicated, given: dict[UUID, str]) -> LinkedLine:
    link = record.link
    return LinkedLine(
        complaint_id=given[record.complaint_id],
        verdict=link.verdict,
        of=given.get(link.of) if link.of else None,
        case_id=record.case_id,
        score=link.score if link.verdict is not Verdict.NEW else 0.0,
        evidence=tuple(LinkedPoints(rule=one.rule, points=one.points, detail=one.detail) for one in link.evidence),
    )


def _sender(line: LinkLine) -> Sender | None:
    """The sender of a line; lines carry no proofs: what the channel itself shows of a person counts as proven."""
    if not line.sender:
        return None
    sender = Sender.model_validate(line.sender)
    shown: dict[str, tuple[str | None, ...]] = {
        Channel.EMAIL: sender.emails[:1],
        Channel.WECHAT: (sender.openid,),
        Channel.PHONE: sender.phones[:1],
    }
    proven = {value: Proof.CHANNEL for value in shown.get(line.channel, ()) if value}
    return sender.model_copy(update={"proofs": proven | sender.proofs})


def complaint_of(line: LinkLine) -> Complaint:
    """The complaint a line stands for: its id is the identity, so the same line again is a redelivery."""
    identity = named_uuid("link", line.complaint_id)
    stated = Stated(
        order_no=line.order_no,
        batch_no=line.batch_no,
        product=line.product,
        store=line.store,
        event_date=line.event_date,
    )
    return Complaint(
        complaint_id=identity,
        tracking_number=tracking_number(_KEY, identity),
        channel=line.channel,
        entry="file",
        account="link",
        source_id=line.complaint_id,
        received_at=line.received_at,
        received_at_source="file",
        ingested_at=line.received_at,
        sender=_sender(line),
        text=line.text,
        stated=stated,
        referral=Referral(number=line.referral_number, kind="complaint") if line.referral_number else None,
        raw=RawRef(sha256=content_hash(line.complaint_id, rfc3339(line.received_at)), size_bytes=len(line.text)),
    )
