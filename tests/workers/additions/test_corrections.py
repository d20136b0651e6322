"""What people correct becomes a revision: also of a complaint that nobody kept, once, and none undoes another."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.additions import Addition
from schemas.complaint import Complaint
from schemas.correction import Correction, Reclassified, Relinked, newest
from tests.workers.additions.pieces import HOUR, addition, referral, through
from tests.workers.pieces import NOON, complaint

pytestmark = pytest.mark.services


def reclassified(to: Complaint, primary: str, later: timedelta = HOUR) -> Addition:
    """A person says what it is about."""
    correction = Correction(
        correction_id=uuid4(), by="li", at=NOON + later, reason="读过原文", reclassify=Reclassified(primary=primary)
    )
    return addition(to, correction=correction, base=to, by="li")


async def test_a_complaint_that_is_not_kept_is_corrected_from_what_the_person_saw(engine: AsyncEngine) -> None:
    plain = complaint(text="收银员态度恶劣")
    assert await through(engine, plain) == []

    [revised] = await through(engine, reclassified(plain, "service"))

    assert (revised.revision, revised.text) == (2, plain.text)
    assert [one.reclassify for one in revised.corrections] == [Reclassified(primary="service")]


async def test_the_same_correction_again_is_nothing_and_the_next_one_counts_on(engine: AsyncEngine) -> None:
    plain = complaint(text="收银员态度恶劣")
    first, second = reclassified(plain, "service"), reclassified(plain, "price", 2 * HOUR)
    await through(engine, first)

    assert await through(engine, first) == []
    [revised] = await through(engine, second)  # its base is revision 1 still

    assert revised.revision == 3
    holding = newest(revised.corrections, "reclassify")
    assert holding is not None
    assert holding.reclassify == Reclassified(primary="price")


async def test_a_newer_version_of_the_source_keeps_what_people_decided(engine: AsyncEngine) -> None:
    first = referral("A", sheet="monday")
    own = Correction(correction_id=uuid4(), by="li", at=NOON, reason="另一件事", relink=Relinked())
    await through(engine, first)
    await through(engine, addition(first, correction=own, base=first))

    [updated] = await through(engine, referral("B", sheet="tuesday", day=1))

    assert (updated.text, updated.corrections) == ("内容 B", (own,))
