"""An index of as many complaints as wanted: some are indexed as the stage does, then multiplied inside PostgreSQL."""
# ruff: noqa: S608 - statements of our own, put together from our own words

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Sender, Stated
from schemas.identity import complaint_id, first_case_id, tracking_number
from schemas.indexed import IndexedLink, IndexedUnderstanding, IndexedView
from schemas.records import Clock, Found, Verdict
from tests.bench.texts import posts
from workers.index import IndexStage
from workers.runtime.driver import incoming, run_batch

KEY = b"p" * 32
BASE = 5_000
CHANNELS = ("web", "email", "wechat", "phone")
CATEGORIES = ("quality", "logistics", "service", "price", "payment", "after_sales")
_NOW = datetime.now(UTC)
_BATCH = 500
DAYS = 400
_ANSWER_IN = timedelta(hours=72)
_COLUMNS = (
    *("revision", "case_seq", "verdict", "channel", "account", "entry", "sealed", "automatic", "kind", "category"),
    *("severity", "urgency", "safety", "store", "counter", "product", "order_numbers", "contact", "excerpt", "subject"),
    *("text", "language", "attachments"),
)
_EARLIER = "(copy * %(days)s / %(copies)s::float) * interval '1 day'"
_CLOCKS = (
    "(SELECT coalesce(jsonb_agg(jsonb_set(k, '{due_at}', to_jsonb((k->>'due_at')::timestamptz - "
    f"{_EARLIER}))), '[]') FROM jsonb_array_elements(clocks) AS k)"
)


def views(count: int, seed: int = 5) -> Iterator[IndexedView]:
    """Classified complaints; every text has a word of its own, too, which few others have."""
    draw = random.Random(seed)
    for number, body in enumerate(posts(count, seed)):
        post = json.loads(body)
        identity = complaint_id("web", "bench", str(number), post["text"])
        rare = "".join(chr(draw.randrange(0x4E00, 0x9FA5)) for _ in range(2))
        stated = Stated.model_validate(post.get("stated", {}))
        yield IndexedView(
            complaint_id=identity,
            tracking_number=tracking_number(KEY, identity),
            channel=draw.choice(CHANNELS),
            account="bench",
            received_at=_NOW - timedelta(minutes=number),
            sender=Sender.model_validate(post["sender"]),
            text=f"{post['text']}{rare}",
            stated=stated,
            case_id=first_case_id(identity),
            case_seq=1,
            link=IndexedLink(verdict=Verdict.NEW),
            understanding=IndexedUnderstanding(
                kind="complaint",
                primary=draw.choice(CATEGORIES),
                fields={"order_no": (Found(value=f"{number:016}", start=0, end=1),)} if number % 3 else {},
                promise=Clock(clock="complex", rule_id="complex", due_at=_NOW - timedelta(minutes=number) + _ANSWER_IN),
            ),
        )


async def index_all(engine: AsyncEngine, count: int = BASE) -> None:
    """Index them as the product does."""
    stage, items = IndexStage(KEY), [incoming(one, at) for at, one in enumerate(views(count))]
    for begin in range(0, len(items), _BATCH):
        await run_batch(stage, engine, items[begin : begin + _BATCH])


def multiply(url: str, copies: int, days: int = DAYS) -> None:
    """Add so many copies of everything indexed, spread over so many days, each with people, orders and case of its own.

    Copies share what many share in life: words, and the last four digits of telephones.
    """
    columns = ", ".join(_COLUMNS)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP INDEX ix_complaint_index_terms")
        connection.execute("ALTER TABLE complaint_index SET UNLOGGED")
        connection.execute(
            "INSERT INTO complaint_index (complaint_id, case_id, tracking_number, received_at, clocks, due_at, terms, "
            f"{columns}) "
            "SELECT md5(complaint_id::text || copy)::uuid, md5(case_id::text || copy)::uuid, "
            f"md5(tracking_number || copy), received_at - {_EARLIER}, {_CLOCKS}, due_at - {_EARLIER}, "
            "array_to_tsvector(ARRAY(SELECT CASE WHEN t ~ '^#[poe]:' THEN left(t, 3) || md5(t || copy) "
            "WHEN t ~ '^[0-9]{10,}$' THEN md5(t || copy) ELSE t END FROM unnest(tsvector_to_array(terms)) AS t)), "
            f"{columns} FROM complaint_index CROSS JOIN generate_series(1, %(copies)s) AS copy ORDER BY copy DESC",
            {"copies": copies, "days": days},
        )
        connection.execute("CREATE INDEX ix_complaint_index_terms ON complaint_index USING gin (terms)")
        connection.execute("ALTER TABLE route_cases SET UNLOGGED")
        connection.execute(
            "INSERT INTO route_cases (case_id, department, rule_id, policy, routed_by, routed_at) "
            "SELECT case_id, CASE WHEN category = 'quality' THEN 'quality' ELSE 'store-operations' END, 'r', 'p', "
            "complaint_id, received_at FROM complaint_index"
        )
        connection.execute("VACUUM (ANALYZE) complaint_index")
        connection.execute("VACUUM (ANALYZE) route_cases")
