"""What a person decides about a link is followed under the locks of both cases, or refused with a reason."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Complaint, Proof, Referral, Sender
from schemas.correction import Correction, Relinked
from tests.workers.deduplicate.pieces import STAGE, emitted
from tests.workers.pieces import NOON, complaint, decide, mail, rows

pytestmark = pytest.mark.services
MINUTE = timedelta(minutes=1)


def relinked(
    of: Complaint, to: UUID | None, verdict: str = "duplicate", *, after: timedelta = MINUTE, reason: str = "已核对"
) -> Complaint:
    """The next revision of a complaint after a person has said where it belongs."""
    said = Correction(
        correction_id=uuid4(), by="王芳", at=NOON + after, reason=reason, relink=Relinked(of=to, verdict=verdict)
    )
    return of.model_copy(update={"revision": of.revision + 1, "corrections": (*of.corrections, said)})


def about(number: int, **fields: Any) -> Complaint:
    """A mail of a customer of its own."""
    return mail(f"{number}@x", f"{number}@customers.example", text=f"第{number}件事完全不同", **fields)


async def placed(engine: AsyncEngine, *records: Complaint) -> list[Any]:
    """Decide them one after the other, a batch each."""
    return [(await decide(engine, STAGE, one))[0] for one in records]


async def members(engine: AsyncEngine) -> list[Any]:
    """Who is where by now."""
    return await rows(
        engine, 'SELECT complaint_id, case_id, case_seq, verdict, "of" FROM case_members ORDER BY received_at, case_seq'
    )


async def test_a_complaint_moves_to_the_case_a_person_names_and_says_where_it_came_from(engine: AsyncEngine) -> None:
    one, two = about(1), about(2)
    first, second = await placed(engine, one, two)
    revised = relinked(two, one.complaint_id)

    [moved] = await placed(engine, revised)

    link = emitted(revised, moved).link
    assert (moved.case_id, moved.case_seq, moved.moved_from) == (first.case_id, 2, second.case_id)
    assert (link.verdict, link.of, link.moved_from) == ("duplicate", one.complaint_id, second.case_id)
    assert link.evidence[0].rule == "corrected-by-person"
    assert link.evidence[0].detail == "人工更正：王芳：已核对"
    assert (two.complaint_id, first.case_id, 2, "duplicate", one.complaint_id) in await members(engine)


async def test_a_reason_never_carries_a_telephone_on(engine: AsyncEngine) -> None:
    one, two = about(1), about(2)
    await placed(engine, one, two)
    revised = relinked(two, one.complaint_id, reason="同一顾客 13812345678")

    [moved] = await placed(engine, revised)

    assert "13812345678" not in emitted(revised, moved).to_json().decode().partition('"link"')[2]


async def test_a_later_revision_stays_where_a_person_put_the_complaint(engine: AsyncEngine) -> None:
    one, two = about(1), about(2)
    await placed(engine, one, two)
    moved = relinked(two, one.complaint_id)
    [place] = await placed(engine, moved)
    more = moved.model_copy(update={"revision": 3, "text": "补充一张照片"})

    [again] = await placed(engine, more)

    assert (again.case_id, again.case_seq, again.moved_from) == (place.case_id, place.case_seq, None)
    assert [one.rule for one in emitted(more, again).link.evidence] == ["corrected-by-person", "known-complaint"]


async def test_the_opener_leaves_and_the_case_stays_with_those_who_remain(engine: AsyncEngine) -> None:
    opener, other = about(1), about(2)
    reply = mail("re@x", "1@customers.example", thread={"in_reply_to": "<1@x>"}, after=MINUTE)
    old, joined, target = await placed(engine, opener, reply, other)
    assert joined.case_id == old.case_id

    own, to_other, back = await placed(
        engine,
        alone := relinked(opener, None),
        there := relinked(alone, other.complaint_id, after=2 * MINUTE),
        relinked(there, reply.complaint_id, "follow_up", after=3 * MINUTE),
    )

    assert own.moved_from == old.case_id
    assert own.case_id not in {old.case_id, target.case_id}
    assert (to_other.moved_from, to_other.case_id, to_other.case_seq) == (own.case_id, target.case_id, 2)
    assert (back.moved_from, back.case_id, back.case_seq) == (target.case_id, old.case_id, 3)


async def test_a_case_that_is_empty_takes_its_opener_back(engine: AsyncEngine) -> None:
    one, two = about(1), about(2)
    _, second = await placed(engine, one, two)

    moved = relinked(two, one.complaint_id)
    _, back = await placed(engine, moved, relinked(moved, None, after=2 * MINUTE))

    assert (back.case_id, back.case_seq, back.verdict) == (second.case_id, 2, "new")


async def test_a_suspected_complaint_that_is_its_own_stays_and_is_no_question_any_more(engine: AsyncEngine) -> None:
    one, two = about(1), about(2)
    _, second = await placed(engine, one, two)

    [kept] = await placed(engine, relinked(two, None))

    assert (kept.case_id, kept.case_seq, kept.moved_from) == (second.case_id, 1, None)
    assert kept.corrected_by is not None


async def test_a_repeat_has_a_case_of_its_own_and_counts_on(engine: AsyncEngine) -> None:
    one, two = about(1), about(2)
    first, _ = await placed(engine, one, two)
    joined = relinked(two, one.complaint_id)

    moved, parted = await placed(engine, joined, relinked(joined, one.complaint_id, "repeat", after=2 * MINUTE))

    assert moved.case_id == first.case_id
    assert (parted.verdict, parted.of, parted.repeat_count) == ("repeat", one.complaint_id, 2)
    assert parted.moved_from == first.case_id


async def test_the_same_decision_again_and_an_older_one_move_nothing(engine: AsyncEngine) -> None:
    one, two, three = about(1), about(2), about(3)
    await placed(engine, one, two, three)
    late = relinked(two, one.complaint_id, after=2 * MINUTE)
    [place] = await placed(engine, late)
    early = relinked(two, three.complaint_id).corrections

    [same, older] = await placed(
        engine,
        late.model_copy(update={"revision": 3}),
        late.model_copy(update={"revision": 4, "corrections": early}),
    )

    assert {same.case_id, older.case_id} == {place.case_id}
    assert {same.moved_from, older.moved_from} == {None}


async def test_what_cannot_be_linked_stays_and_says_why(engine: AsyncEngine) -> None:
    one, machine = about(1), about(2, automatic={"is_automatic": True, "kind": "list"})
    report = about(3, sealed=True)
    referral = about(4, referral=Referral(number="A1", kind="complaint"))
    await placed(engine, one, machine, report, referral)
    asked = {
        "itself": relinked(one, one.complaint_id),
        "no-such-complaint": relinked(one, uuid4()),
        "automatic-mail": relinked(one, machine.complaint_id),
        "sealed": relinked(one, report.complaint_id),
        "referral": relinked(one, referral.complaint_id),
        "unknown-verdict": relinked(one, referral.complaint_id, "married"),
    }

    for number, (why, revised) in enumerate(asked.items(), start=2):
        said = revised.corrections[0].model_copy(update={"at": NOON + number * MINUTE})
        revised = revised.model_copy(update={"revision": number, "corrections": (said,)})
        [kept] = await placed(engine, revised)
        link = emitted(revised, kept).link
        assert (kept.refused, kept.moved_from, kept.verdict) == (why, None, "new")
        assert link.evidence[0].rule == f"correction-refused-{why}"
        assert "人工更正未执行" in (link.evidence[0].detail or "")


async def test_a_decision_about_a_complaint_that_has_no_place_yet_is_followed_at_once(engine: AsyncEngine) -> None:
    one, two = about(1), about(2)
    [first] = await placed(engine, one)

    [place] = await placed(engine, relinked(two, one.complaint_id, "follow_up"))

    assert (place.case_id, place.case_seq, place.verdict, place.moved_from) == (first.case_id, 2, "follow_up", None)


async def test_several_moves_of_one_batch_are_followed_in_order(engine: AsyncEngine) -> None:
    one, two, three = about(1), about(2), about(3)
    there = relinked(three, one.complaint_id)
    on = relinked(there, two.complaint_id, after=2 * MINUTE)

    first, second, new, moved, moved_on = await decide(engine, STAGE, one, two, three, there, on)

    assert (moved.case_id, moved.case_seq, moved.moved_from) == (first.case_id, 2, new.case_id)
    assert (moved_on.case_id, moved_on.case_seq, moved_on.moved_from) == (second.case_id, 2, first.case_id)
    assert (three.complaint_id, second.case_id, 2, "duplicate", two.complaint_id) in await members(engine)


async def test_a_later_duplicate_of_a_moved_complaint_goes_to_where_it_is_now(engine: AsyncEngine) -> None:
    one, two = about(1), about(2)
    first, _ = await placed(engine, one, two)
    await placed(engine, relinked(two, one.complaint_id))

    [reply] = await placed(engine, mail("re@x", "2@customers.example", thread={"in_reply_to": "<2@x>"}))

    assert (reply.case_id, reply.of) == (first.case_id, two.complaint_id)


async def test_people_whom_one_complaint_made_one_are_parted_with_it_and_stay_parted(engine: AsyncEngine) -> None:
    def by(phone: str | None, mail_address: str | None, text: str) -> Complaint:
        phones, emails = ((phone,) if phone else ()), ((mail_address,) if mail_address else ())
        return complaint(
            text=text, sender=Sender(phones=phones, emails=emails, proofs=dict.fromkeys((*phones, *emails), Proof.OTP))
        )

    calling, writing = by("13812345678", None, "退款没有到账"), by(None, "li@customers.example", "灯坏了")
    both = by("13812345678", "li@customers.example", "收银员骂人")
    await placed(engine, calling, writing, both)
    persons = "SELECT count(DISTINCT person_id) FROM person_identifiers"
    assert await rows(engine, persons) == [(1,)]

    joined = relinked(both, calling.complaint_id)
    await placed(engine, joined, relinked(joined, None, after=2 * MINUTE))
    parted = await rows(engine, persons)
    await placed(engine, by("13812345678", "li@customers.example", "又一次"))

    assert parted == [(2,)]
    assert await rows(engine, persons) == [(2,)]


async def test_moves_against_each_other_at_the_same_instant_neither_deadlock_nor_lose_anybody(
    engine: AsyncEngine,
) -> None:
    many = [about(number) for number in range(8)]
    await decide(engine, STAGE, *many)

    def ring(step: int) -> list[Complaint]:
        return [relinked(one, many[(at + step) % 8].complaint_id) for at, one in enumerate(many)]

    for step in (1, 3, 5):
        moves = ring(step)
        later = [
            one.model_copy(
                update={
                    "corrections": (one.corrections[0].model_copy(update={"at": NOON + step * timedelta(hours=1)}),)
                }
            )
            for one in moves
        ]
        await asyncio.gather(*(decide(engine, STAGE, one) for one in later))

    counted = await rows(engine, "SELECT count(*), count(DISTINCT (case_id, case_seq)) FROM case_members")
    beyond = await rows(engine, "SELECT 1 FROM case_members JOIN cases USING (case_id) WHERE case_seq > last_seq")
    assert (counted, beyond) == ([(8, 8)], [])
