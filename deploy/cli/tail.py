"""`intake tail`: records of a topic as a department would see them."""

import json
from typing import Annotated, Any

import typer
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from deploy.cli.guard import run
from deploy.cli.output import AsJson, put, put_json
from deploy.settings import load_settings
from operations.assembly import topics_of
from operations.keyless import keyless
from operations.reading import existing_topics, partitions_of, reader, resolve, timestamp_of
from schemas.base import rfc3339
from schemas.commands import TailLine
from schemas.settings import Settings
from schemas.wire import read_headers


def tail(
    topic: Annotated[str, typer.Argument(help="With or without prefix, e.g. departments.quality.v1")],
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="Also what is already there.")] = False,
    max_records: Annotated[int | None, typer.Option("--max", min=1, help="Stop after so many records.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the records of a topic (committed ones only) as they come; Ctrl-C or --max ends it."""
    run(_tail(load_settings(), topic, from_beginning, max_records, as_json))


async def _tail(settings: Settings, asked: str, from_beginning: bool, max_records: int | None, as_json: bool) -> None:
    name = resolve(asked, settings.kafka, topics_of(settings), await existing_topics(settings.kafka))
    partitions = await partitions_of(settings.kafka, {name})
    async with reader(settings.kafka) as consumer:
        await _place(consumer, partitions, from_beginning)
        left = max_records
        while left is None or left > 0:
            batches = await consumer.getmany(timeout_ms=1_000, max_records=min(left or 500, 500))
            records = [record for records in batches.values() for record in records]
            for record in sorted(records, key=lambda one: one.timestamp):
                _show(line_of(record), as_json)
            left = None if left is None else left - len(records)


async def _place(consumer: AIOKafkaConsumer, partitions: list[TopicPartition], from_beginning: bool) -> None:
    consumer.assign(partitions)
    if from_beginning:
        await consumer.seek_to_beginning(*partitions)
    else:
        await consumer.seek_to_end(*partitions)


def line_of(record: ConsumerRecord[bytes, bytes]) -> TailLine:
    """Return a record as a line, without keys and codes of customers; a value that is no JSON is shown as text."""
    return TailLine(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=timestamp_of(record),
        key=record.key.decode(errors="replace") if record.key is not None else None,
        headers=read_headers(record.headers),
        value=keyless(_value(record.value)),
    )


def _value(raw: bytes | None) -> Any:
    if raw is None:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")


def _show(line: TailLine, as_json: bool) -> None:
    if as_json:
        put_json(line)
        return
    put(f"# {rfc3339(line.timestamp)} {line.topic}/{line.partition}@{line.offset} key={line.key}")
    put(json.dumps(line.value, ensure_ascii=False, indent=2))
