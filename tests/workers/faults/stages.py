"""The stages of the product, records put on their topics as a foreign producer would, and what must come of them."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaProducer

from infra.kafka import MAX_REQUEST_BYTES, client_options
from schemas.complaint import Complaint
from schemas.policy import load_pack
from schemas.topics import CLASSIFIED, DEAD_LETTER, DEDUPLICATED, ESCALATED, RECEIVED, REVIEW, Topic, department_topic
from schemas.wire import headers, value
from tests.faults.witness import Witness
from tests.workers.pieces import PSEUDONYM_KEY, TOKEN_KEYS
from tests.workers.runtime.harness import Installation
from workers.classify import ClassifyStage, RuleUnderstander
from workers.deduplicate import Deduplicate, Windows
from workers.deduplicate.prints import Printer
from workers.route import Route

PACK = load_pack()
OPENING = frozenset({"new", "repeat", "suspected"})
"""Verdicts that open a case."""
DEPARTMENTS = tuple(department_topic(code) for code in PACK.department_codes)
TOPICS: tuple[Topic, ...] = (RECEIVED, DEDUPLICATED, CLASSIFIED, ESCALATED, REVIEW, DEAD_LETTER, *DEPARTMENTS)


def deduplicate() -> Deduplicate:
    """A deduplicate stage of its own."""
    return Deduplicate(Printer(PSEUDONYM_KEY, TOKEN_KEYS), Windows(timedelta(days=45), timedelta(minutes=30)))


def classify() -> ClassifyStage:
    """A classify stage of its own."""
    return ClassifyStage(RuleUnderstander(PACK))


def route() -> Route:
    """A route stage of its own."""
    return Route(PACK, b"c" * 32)


Offer = tuple[int, Complaint | bytes]
"""The partition of `received` and what is put there: a complaint, or bytes as they are."""


async def offer(installation: Installation, offers: Iterable[Offer]) -> None:
    """Put records on `received` in one transaction: they are all there at the same instant."""
    naming = installation.kafka.naming
    topic = naming.topic(RECEIVED)
    client = AIOKafkaProducer(
        **client_options(installation.kafka),
        transactional_id=f"offers-{topic}",
        max_batch_size=MAX_REQUEST_BYTES,
        max_request_size=MAX_REQUEST_BYTES,
    )
    await client.start()
    try:
        async with client.transaction():
            sent = []
            for partition, one in offers:
                raw = one if isinstance(one, bytes) else value(one)
                fields = None
                if isinstance(one, Complaint):
                    subject = one.complaint_id
                    fields = headers(
                        RECEIVED, naming, event_id=f"received/{subject}", time=one.received_at, subject=subject
                    )
                sent.append(await client.send(topic, raw, b"k", partition=partition, headers=fields))
            await asyncio.gather(*sent)
    finally:
        await client.stop()


def watch(installation: Installation) -> Witness:
    """A foreign reader of everything the stages write."""
    names = [topic.name for topic in (DEDUPLICATED, CLASSIFIED, DEAD_LETTER, *DEPARTMENTS)]
    return Witness(str(installation.kafka.bootstrap_servers), installation.kafka.prefix, names)


def assignments(witness: Witness) -> list[dict[str, Any]]:
    """Everything the departments were told."""
    return [record for topic in DEPARTMENTS for record in witness.all(topic.name)]


def passed(witness: Witness, complaints: Collection[Complaint]) -> bool:
    """Whether each complaint has reached the department that answers for it."""
    reached = {record["complaint_id"] for record in assignments(witness) if record["responsible"]}
    return reached >= {str(one.complaint_id) for one in complaints}


def findings(witness: Witness, complaints: Collection[Complaint], lost: Collection[UUID] = ()) -> list[str]:
    """Complaints missing or there twice, cases opened or numbered twice, work for two departments.

    Those in `lost` are known to have died on the way: how far they came is not judged.
    """
    ids, died = {str(one.complaint_id) for one in complaints}, {str(one) for one in lost}
    told = assignments(witness)
    counts = {topic.name: witness.of(topic.name) for topic in (DEDUPLICATED, CLASSIFIED)}
    counts["departments"] = Counter(one["complaint_id"] for one in told if one["responsible"])
    wrong = [f"{place}: {count[one]} of {one}" for place, count in counts.items() for one in ids if count[one] != 1]
    wrong += [f"{place}: unknown {one}" for place, count in counts.items() for one in count.keys() - ids - died]
    cases: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in witness.all(DEDUPLICATED.name):
        if record["complaint_id"] not in died:
            cases[record["case_id"]].append(record)
    for case, members in cases.items():
        if sorted(one["case_seq"] for one in members) != list(range(1, len(members) + 1)):
            wrong.append(f"case {case}: numbered {[one['case_seq'] for one in members]}")
        if sum(one["link"]["verdict"] in OPENING for one in members) != 1:
            wrong.append(f"case {case}: verdicts {[one['link']['verdict'] for one in members]}")
    opened = Counter(one["case_id"] for one in told if one["kind"] == "assignment.opened" and one["responsible"])
    wrong += [f"case {case}: opened {opened[case]} times" for case in cases if opened[case] != 1]
    answering: dict[str, set[str]] = defaultdict(set)
    for one in told:
        if one["responsible"]:
            answering[one["case_id"]].add(one["department"])
    return wrong + [f"case {case}: work for {who}" for case, who in answering.items() if len(who) != 1]
