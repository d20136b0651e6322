"""A stranger who knows a victim's telephone and order number learns nothing, and takes nothing from the victim."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Complaint, Proof, Sender, Stated
from schemas.policy import Variant, load_pack
from schemas.records import Classified, Deduplicated, Understanding
from tests.workers.acknowledge.pieces import acknowledge
from tests.workers.pieces import PSEUDONYM_KEY, TOKEN_KEYS, complaint, incoming, mail, rows
from workers.acknowledge.owed import of_classified
from workers.acknowledge.words import variant
from workers.deduplicate import Deduplicate, Windows
from workers.deduplicate.prints import Printer
from workers.runtime.driver import run_batch

pytestmark = pytest.mark.services
LINKING = Deduplicate(
    Printer(PSEUDONYM_KEY, TOKEN_KEYS, load_pack().linking), Windows(timedelta(days=45), timedelta(minutes=30))
)
PHONE, VICTIM, STRANGER = "+8613800138000", "li@customers.example", "stranger@elsewhere.example"
ORDER = Stated(order_no="A12345678")
WORDS = "周六在你们店里买的电饭煲第二天就冒烟了，要求退货"


async def linked(engine: AsyncEngine, *records: Complaint) -> list[Classified]:
    """Each record as the classify stage hands it on, linked one after the other."""
    made = []
    for record in records:
        [emit] = await run_batch(LINKING, engine, [incoming(record)])
        assert isinstance(emit.record, Deduplicated)
        understood = Understanding(kind="complaint", primary="quality", policy="default@1")
        made.append(Classified.model_validate(emit.record.model_dump() | {"understanding": understood}))
    return made


def proven_mail(message_id: str, sender: str, **fields: Any) -> Complaint:
    """A mail whose sender our mail server has proven."""
    given = Sender(emails=(sender,), phones=fields.pop("phones", ()), proofs={sender: Proof.CHANNEL})
    after, words = fields.pop("after", timedelta()), {"text": WORDS, "stated": ORDER} | fields
    return mail(message_id, sender, after=after, **words).model_copy(update={"sender": given})


async def test_a_stranger_with_phone_and_order_of_a_victim_is_answered_as_if_there_were_no_case(
    engine: AsyncEngine,
) -> None:
    victim = proven_mail("a@x", VICTIM, phones=(PHONE,))
    stranger = proven_mail("b@x", STRANGER, phones=(PHONE,))

    one, two = await linked(engine, victim, stranger)
    results = await acknowledge(engine, one, two)

    assert (two.link.verdict, two.case_id == one.case_id) == ("suspected", False)
    assert (bool(two.link.disclosable), bool(two.link.same_recipient)) == (False, False)
    assert variant(of_classified(two)) is Variant.UNDERSTOOD
    assert results == []
    written = await rows(engine, "SELECT recipient_key, text FROM outbox")
    assert len({row.recipient_key for row in written}) == 2
    assert not any(one.tracking_number in row.text for row in written if row.text.startswith(two.tracking_number))


async def test_the_answer_to_a_stranger_does_not_take_the_place_of_the_victims_own(engine: AsyncEngine) -> None:
    stranger = proven_mail("a@x", STRANGER, phones=(PHONE,))
    victim = proven_mail("b@x", VICTIM, phones=(PHONE,))

    first, second = await linked(engine, stranger, victim)
    results = await acknowledge(engine, first, second)

    assert first.case_id != second.case_id
    assert results == []
    assert await rows(engine, "SELECT count(*) FROM outbox") == [(2,)]


async def test_who_wrote_both_is_told_once_that_they_belong_together(engine: AsyncEngine) -> None:
    first = proven_mail("a@x", VICTIM)
    second = proven_mail("b@x", VICTIM, after=timedelta(hours=1))

    one, two = await linked(engine, first, second)
    results = await acknowledge(engine, one, two)

    assert (two.link.disclosable, two.link.same_recipient) == (True, True)
    assert variant(of_classified(two)) is Variant.ADDED
    assert [(result.complaint_id, result.outcome) for result in results] == [(second.complaint_id, "covered")]


async def test_what_fits_a_victims_case_and_his_own_goes_to_the_strangers_own(engine: AsyncEngine) -> None:
    """An answer that is missing or comes must not tell him whether the victim has a case."""
    own = proven_mail("a@x", STRANGER, stated=Stated())
    victim = complaint(sender=Sender(phones=(PHONE,)), text=WORDS, stated=ORDER)
    probe = proven_mail("b@x", STRANGER, phones=(PHONE,))

    one, other, two = await linked(engine, own, victim, probe)

    assert other.case_id != one.case_id
    assert (two.case_id, two.link.disclosable) == (one.case_id, True)


async def test_a_form_with_the_victims_own_address_is_answered_to_the_victim_alone(engine: AsyncEngine) -> None:
    victim = proven_mail("a@x", VICTIM, phones=(PHONE,))
    forged = complaint(sender=Sender(emails=(VICTIM,), phones=(PHONE,)), text=WORDS, stated=ORDER)

    one, two = await linked(engine, victim, forged)
    await acknowledge(engine, one, two)

    assert two.link.disclosable is False
    written = await rows(engine, "SELECT DISTINCT recipient_key FROM outbox")
    assert len(written) == 1
