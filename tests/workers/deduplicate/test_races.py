"""Several workers at the same instant: no candidate slips past, no number twice, no gap, no deadlock."""

import asyncio
import random
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Sender, Stated
from tests.workers.deduplicate.pieces import STAGE
from tests.workers.pieces import complaint, decide, mail, rows

pytestmark = pytest.mark.services


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
