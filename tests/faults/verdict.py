"""Compares what customers hold with what foreign readers saw: nothing missing, nothing twice, all answered once."""

import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import psycopg
from confluent_kafka import KafkaException

from schemas.reply import SHOWN_ON_PAGE
from tests.faults.offering import Offered
from tests.faults.seen import Seen
from tests.faults.sink import Inbox
from workers.pipeline import PIPELINE
from workers.sender.claims import NOT_KNOWN

if TYPE_CHECKING:
    from tests.faults.conftest import World

ONCE = ("complaints.deduplicated.v1", "complaints.classified.v1", "complaints.acknowledged.v1")
_TOKEN = re.compile(r"小票编号 (\w+)。")
_TO_FETCH = (
    "SELECT count(*) FROM media_jobs LEFT JOIN media_attempts USING (complaint_id, attachment_id) "
    "WHERE state IS DISTINCT FROM 'done'"
)
_UNDER_WAY = "SELECT count(*) FROM outbox LEFT JOIN outbox_attempts USING (outbox_id) WHERE published_at IS NULL"


def mail_ids(seen: Seen, tokens: set[str]) -> dict[str, set[str]]:
    """token → complaint ids of the complaints read from mails that hold it."""
    found: dict[str, set[str]] = {token: set() for token in tokens}
    for record in seen.all("complaints.received.v1"):
        if record["channel"] == "email":
            for token in tokens.intersection(_TOKEN.findall(record["text"])):
                found[token].add(record["complaint_id"])
    return found


def responsible(seen: Seen, departments: list[str]) -> Counter[str]:
    """How many records that ask for work each complaint has over all department topics."""
    found: Counter[str] = Counter()
    for topic in departments:
        found.update(record["complaint_id"] for record in seen.all(topic) if record["responsible"])
    return found


def unknown(seen: Seen) -> set[str]:
    """Complaints whose message was cut off: never sent again by machine, and the acknowledgement says why.

    A person takes those who wrote a mail; who posted has seen the number in the answer.
    """
    said = (NOT_KNOWN, SHOWN_ON_PAGE)
    return {one["complaint_id"] for one in seen.all("complaints.acknowledged.v1") if one["reason"] in said}


def findings(offered: Offered, seen: Seen, inbox: Inbox, departments: list[str], unknown_at_most: int = 0) -> list[str]:
    """Everything that is missing or there twice; empty when the promise holds."""
    by_token = mail_ids(seen, set(offered.mailed))
    wrong = [f"mail {token} became {len(ids)} complaints" for token, ids in by_token.items() if len(ids) != 1]
    ids = set(offered.posted).union(*by_token.values())
    counts = {topic: seen.of(topic) for topic in ONCE} | {"departments": responsible(seen, departments)}
    for place, count in counts.items():
        wrong += [
            f"{place}: {count[one]} records of {one} at {seen.places(place, one)}" for one in ids if count[one] != 1
        ]
        wrong += [f"{place}: unknown complaint {other}" for other in count.keys() - ids]
    wrong += twice(seen, departments)
    addresses = defaultdict(set, {address: {one} for one, address in offered.posted.items()})
    for token, found in by_token.items():
        addresses[offered.mailed[token]] |= found
    return wrong + list(_unanswered(addresses, unknown(seen), inbox, unknown_at_most))


def twice(seen: Seen, departments: Iterable[str]) -> list[str]:
    """Every (complaint, revision) that one department topic holds more than once."""
    return [
        f"{topic}: {times} records of {one} revision {revision}"
        for topic in departments
        for (one, revision), times in Counter(
            (record["complaint_id"], record["revision"]) for record in seen.all(topic)
        ).items()
        if times > 1
    ]


def _unanswered(addresses: dict[str, set[str]], cut_off: set[str], inbox: Inbox, at_most: int) -> Iterator[str]:
    """Every address without exactly one mail, unless it is visible that nobody knows; those are at most so many."""
    for address, ids in addresses.items():
        received = inbox.count[address]
        if received > 1 or (received == 0 and not ids & cut_off):
            yield f"{received} mails to {address}, who has {sorted(ids)}"
    if len(cut_off) > at_most:
        yield f"{len(cut_off)} acknowledgements of unknown outcome, {at_most} were in hand when a sender was cut off"


def out_of_turn(offered: Offered, seen: Seen) -> list[str]:
    """Senders whose complaints first appear on `received` in another order than they were accepted in."""
    topic = "complaints.received.v1"
    wrong = []
    for phone, ids in offered.in_turn.items():
        first = [seen.places(topic, one)[0] for one in ids]
        if first != sorted(first) or len({partition for partition, _ in first}) != 1:
            wrong.append(f"sender {phone}: {first}")
    return wrong


def moving(world: "World") -> str:
    """What may still bring another record, empty when nothing does: the groups, the outbox, the readers."""
    try:
        ends = world.broker.ends(world.witness.topics)
        if waiting := world.broker.waiting([stage.name for stage in PIPELINE]):
            return f"offsets still to pass: {waiting}"
        with psycopg.connect(world.database_url) as connection:
            [under_way] = connection.execute(_UNDER_WAY).fetchone() or (0,)
            [to_fetch] = connection.execute(_TO_FETCH).fetchone() or (0,)
        if under_way or to_fetch:
            return f"{under_way} messages under way, {to_fetch} files to be fetched"
        if world.broker.ends(world.witness.topics) != ends:
            return "topics that grow"
    except (KafkaException, psycopg.OperationalError) as error:
        world.broker.connect()
        return f"a platform that does not answer: {error}"
    return "" if world.witness.has_read_to(ends) else "the witness"


def settle(world: "World", timeout_s: float, cut_off: int = 0) -> list[str]:
    """Wait until nothing is missing and nothing more can come; return what is wrong then.

    `cut_off` more messages may be of unknown outcome than those in the hands of senders that were killed.
    """
    world.cut_off += cut_off
    return settled(world, timeout_s, lambda: _wrong(world))


def settled(world: "World", timeout_s: float, wrong_now: Callable[[], list[str]]) -> list[str]:
    """Wait until nothing is wrong and nothing more can come; return what is wrong then."""
    deadline = time.monotonic() + timeout_s
    while (wrong := wrong_now()) and time.monotonic() < deadline:
        time.sleep(0.2)
    while (still := moving(world)) and time.monotonic() < deadline + 30:
        time.sleep(0.1)
    wrong = wrong_now()
    return [*wrong, f"waited for {still}"] if still or wrong else []


def reconciled(world: "World") -> str:
    """What the product's own ledger says is wrong, empty when it agrees: exit code 0."""
    done = world.system.command("reconcile", "--wait", "120")
    return f"exit {done.returncode}: {done.stdout}{done.stderr}" if done.returncode else ""


def _wrong(world: "World") -> list[str]:
    return findings(world.offered, world.witness, world.sink.inbox, world.departments, world.unknown_at_most)
