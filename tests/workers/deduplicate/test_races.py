"""Several workers at the same instant: no candidate slips past, no number twice, no gap, no deadlock."""

import asyncio
import random
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Complaint, Proof, Sender, Stated
from tests.waiting import until
from tests.workers.deduplicate.pieces import STAGE, linking_stage
from tests.workers.pieces import complaint, decide, incoming, lock, mail, rows
from workers.deduplicate.stage import Placed
from workers.runtime.driver import incoming as driven
from workers.runtime.driver import run_batch
from workers.runtime.failures import Contended

pytestmark = pytest.mark.services
LINKING = linking_stage()
SMOKE = "周六在你们店里买的电饭煲，第二天煮饭的时候就冒烟了，质量太差，要求退货"


async def test_two_copies_of_a_mail_at_the_same_instant_are_one_case(engine: AsyncEngine) -> None:
    for number in range(30):
        copies = [
            mail(f"{number}@x", f"{number}@customers.example", account=account) for account in ("support", "complaints")
        ]

        [one], [two] = await asyncio.gather(*(decide(engine, STAGE, copy) for copy in copies))

        assert one.case_id == two.case_id
        assert {one.verdict, two.verdict} == {"new", "duplicate"}
        assert {one.case_seq, two.case_seq} == {1, 2}


async def test_batches_that_meet_keys_in_opposite_order_do_not_deadlock(engine: AsyncEngine) -> None:
    def about(order: int) -> object:
        sender = Sender(emails=("li@customers.example",))
        return complaint(sender=sender, stated=Stated(order_no=f"A000000{order}"))

    for _ in range(10):
        forward = [about(order) for order in range(8)]
        backward = [about(order) for order in reversed(range(8))]

        await asyncio.gather(decide(engine, STAGE, *forward), decide(engine, STAGE, *backward))  # type: ignore[arg-type]

    assert await rows(engine, "SELECT count(*), max(last_seq) FROM cases") == [(8, 20)]


async def test_members_that_reach_a_case_by_different_keys_are_numbered_without_gap(engine: AsyncEngine) -> None:
    roots = [mail(f"root-{number}@x", f"{number}@customers.example") for number in range(4)]
    await decide(engine, STAGE, *roots)
    known = list(range(4))
    chain = random.Random(7)
    replies = []
    for number in range(120):
        of = chain.choice(known)
        sender = f"{of}@customers.example"
        replies.append(
            mail(f"re-{number}@x", sender, thread={"in_reply_to": f"<root-{of}@x>"}, after=timedelta(minutes=number))
        )
    chain.shuffle(replies)

    await asyncio.gather(*(decide(engine, STAGE, *replies[start : start + 12]) for start in range(0, 120, 12)))

    cases = await rows(
        engine,
        "SELECT count(*) = max(case_seq) AND min(case_seq) = 1 AND count(DISTINCT case_seq) = count(*) "
        "AND max(case_seq) = max(last_seq) FROM case_members JOIN cases USING (case_id) GROUP BY case_id",
    )
    assert cases == [(True,)] * 4


async def test_records_of_one_batch_see_each_other_in_order(engine: AsyncEngine) -> None:
    first = mail("a@x")
    reply = mail("b@x", thread={"in_reply_to": "<a@x>"})
    reply_to_reply = mail("c@x", thread={"in_reply_to": "<b@x>"})

    decisions = await decide(engine, STAGE, first, reply, reply_to_reply)

    assert [(one.verdict, one.case_seq) for one in decisions] == [("new", 1), ("follow_up", 2), ("follow_up", 3)]
    assert len({one.case_id for one in decisions}) == 1


async def settled(engine: AsyncEngine, *records: Complaint) -> list[Placed]:
    """Decide in one transaction, again as the loop would where another worker moved a person meanwhile."""
    while True:
        try:
            return await decide(engine, LINKING, *records)
        except Contended:
            continue


async def test_one_incident_told_on_two_channels_at_the_same_instant_is_one_case(engine: AsyncEngine) -> None:
    for number in range(30):
        phone = f"+86138001{number:05}"
        form = complaint(text=SMOKE, sender=Sender(phones=(phone,), emails=(f"{number}@x.example",)))
        call = complaint(text=SMOKE, sender=Sender(phones=(phone,)), channel="phone", account="hotline")

        [one], [two] = await asyncio.gather(settled(engine, form), settled(engine, call))

        assert one.case_id == two.case_id
        assert {one.verdict, two.verdict} == {"new", "duplicate"}


async def test_persons_that_meet_from_all_sides_at_once_become_one_without_deadlock(engine: AsyncEngine) -> None:
    """Each person has a ring of identifiers; complaints give two neighbours each, in any order, from eight workers."""
    chain = random.Random(11)
    rings = [[f"p{person}-{place}@x.example" for place in range(6)] for person in range(5)]
    pairs = [(ring[place], ring[(place + 1) % 6]) for ring in rings for place in range(6)]
    given = [complaint(sender=Sender(emails=pair, proofs=dict.fromkeys(pair, Proof.CHANNEL))) for pair in pairs * 2]
    chain.shuffle(given)

    await asyncio.gather(*(settled(engine, *given[start::8]) for start in range(8)))

    sizes = await rows(engine, "SELECT count(*) FROM person_identifiers GROUP BY person_id")
    assert sizes == [(6,)] * 5
    assert (
        await rows(
            engine,
            "SELECT 1 FROM person_identifiers LEFT JOIN persons USING (person_id) WHERE persons.person_id IS NULL",
        )
        == []
    )


def by(*mails: str) -> Complaint:
    """A complaint of somebody with these proven addresses."""
    return complaint(sender=Sender(emails=mails, proofs=dict.fromkeys(mails, Proof.CHANNEL)))


async def test_a_batch_whose_person_was_moved_while_it_waited_looks_again(engine: AsyncEngine) -> None:
    """It shares no key with the batch that moves the person: only the person's row tells."""
    await settled(engine, by("a@x.example"))
    await settled(engine, by("b@x.example", "d@x.example"))
    items = [incoming(by("a@x.example", "b@x.example"))]

    async with engine.begin() as holder:
        await lock(holder, LINKING, items)
        await LINKING.decide(holder, items)
        waiting = asyncio.create_task(decide(engine, LINKING, by("d@x.example")))
        await until(lambda: waits_for_a_row(engine))

    with pytest.raises(Contended):
        await waiting
    await settled(engine, by("d@x.example"))
    assert await rows(engine, "SELECT count(DISTINCT person_id), count(*) FROM person_identifiers") == [(1, 3)]


async def waits_for_a_row(engine: AsyncEngine) -> bool:
    """Whether a transaction of this database waits for another's row."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(await rows(engine, waiting))


async def test_a_replay_says_the_same_and_learns_nothing_twice(engine: AsyncEngine) -> None:
    item = driven(complaint(text=SMOKE, sender=Sender(phones=("+8613800138000",))))
    again = driven(complaint(text=SMOKE, sender=Sender(phones=("+8613800138000",))), 1)
    first = await run_batch(LINKING, engine, [item, again])

    replay = await run_batch(LINKING, engine, [item, again])

    assert [emit.record.to_json() for emit in replay] == [emit.record.to_json() for emit in first]
    assert await rows(engine, "SELECT complaints FROM person_identifiers") == [(2,)]
