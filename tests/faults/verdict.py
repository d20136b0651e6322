"""Compares what customers hold with what foreign readers saw: nothing missing, nothing twice, all answered once."""

import time
from collections import Counter
from typing import TYPE_CHECKING

from tests.faults.offering import Offered
from tests.faults.sink import Sink
from tests.faults.witness import Witness

if TYPE_CHECKING:
    from tests.faults.conftest import World

ONCE = ("complaints.deduplicated.v1", "complaints.classified.v1", "complaints.acknowledged.v1")


def mail_ids(witness: Witness, tokens: set[str]) -> dict[str, set[str]]:
    """token → complaint ids of the complaints read from mails that hold it."""
    found: dict[str, set[str]] = {token: set() for token in tokens}
    for record in witness.all("complaints.received.v1"):
        if record["channel"] != "email":
            continue
        for token in tokens:
            if f"{token}。" in record["text"]:
                found[token].add(record["complaint_id"])
    return found


def responsible(witness: Witness, departments: list[str]) -> Counter[str]:
    """How many records that ask for work each complaint has over all department topics."""
    seen: Counter[str] = Counter()
    for topic in departments:
        seen.update(record["complaint_id"] for record in witness.all(topic) if record["responsible"])
    return seen


def findings(offered: Offered, witness: Witness, sink: Sink, departments: list[str]) -> list[str]:
    """Everything that is missing or there twice; empty when the promise holds."""
    by_token = mail_ids(witness, set(offered.mailed))
    wrong = [f"mail {token} became {len(ids)} complaints" for token, ids in by_token.items() if len(ids) != 1]
    ids = set(offered.posted).union(*by_token.values())
    counts = {topic: witness.of(topic) for topic in ONCE} | {"departments": responsible(witness, departments)}
    for place, count in counts.items():
        wrong += [
            f"{place}: {count[one]} records of {one} at {witness.offsets[f'{place} {one}']}"
            for one in ids
            if count[one] != 1
        ]
        wrong += [f"{place}: unknown complaint {other}" for other in count.keys() - ids]
    addresses = [*offered.posted.values(), *offered.mailed.values()]
    wrong += [f"{sink.inbox.count[to]} acknowledgements to {to}" for to in addresses if sink.inbox.count[to] != 1]
    return wrong


def beyond_unknown(wrong: list[str], in_flight: int) -> list[str]:
    """What is wrong besides messages whose outcome nobody can know: cut off while the server was answering.

    At most `in_flight` of them; they are never sent again by machine, a person takes them at hour 20.
    """
    unsent = [line for line in wrong if line.startswith("0 acknowledgements to")]
    unanswered = [line for line in wrong if line.startswith("complaints.acknowledged.v1: 0 records of")]
    if len(unsent) > in_flight or len(unanswered) > in_flight:
        return wrong
    return [line for line in wrong if line not in {*unsent, *unanswered}]


def settle(world: "World", timeout_s: float, in_flight: int = 0) -> list[str]:
    """Wait until nothing is missing and nothing more comes for three seconds; return what is wrong then.

    What stays unknown of this outage is remembered: later tests of the same world do not judge it again.
    """

    def now() -> list[str]:
        found = findings(world.offered, world.witness, world.sink, world.departments)
        return [line for line in found if line not in world.unknown]

    def wrong() -> list[str]:
        return beyond_unknown(now(), in_flight)

    deadline = time.monotonic() + timeout_s
    while wrong() and time.monotonic() < deadline:
        time.sleep(0.5)
    seen, quiet_since = world.witness.seen, time.monotonic()
    while time.monotonic() - quiet_since < 3 and time.monotonic() < deadline + 10:
        time.sleep(0.2)
        if world.witness.seen != seen:
            seen, quiet_since = world.witness.seen, time.monotonic()
    last = now()
    still = beyond_unknown(last, in_flight)
    world.unknown.update(line for line in last if line not in still)
    return still
