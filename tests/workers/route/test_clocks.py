"""The dates a referral must be answered by, from the bytes an authority sends to the record its department gets."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.regulator_12315.moments import SHANGHAI
from schemas.complaint import Complaint
from schemas.records import Assignment, Clock
from tests.connectors.regulator_12315.sheets import HEADER, complaints, connector, dropped, row, xlsx
from tests.workers.route.pieces import STAGE, classified
from workers.runtime.driver import incoming, run_batch

pytestmark = pytest.mark.services


def referred(received: str, due: str = "", kind: str = "投诉") -> Complaint:
    """A referral in a sheet that was dropped at this time in Shanghai; `due` is the date it names."""
    at = datetime.fromisoformat(received).replace(tzinfo=SHANGHAI)
    sheet = xlsx([*row(类型=kind, 登记时间=""), due], header=[*HEADER, "办理期限"])
    [found] = complaints(connector().parse(replace(dropped(sheet), received_at=at, ingested_at=at)))
    return found


async def clocks_of(engine: AsyncEngine, complaint: Complaint) -> dict[str, Clock]:
    """Clock → as it stands in the record for regulator affairs."""
    names = ("channel", "entry", "text", "stated", "sender", "referral", "sealed", "received_at", "received_at_source")
    fields: dict[str, Any] = {name: getattr(complaint, name) for name in names}
    emits = await run_batch(STAGE, engine, [incoming(classified(**fields))])
    [record] = [one.record for one in emits if isinstance(one.record, Assignment) and one.record.responsible]
    assert record.department == "regulator-affairs"
    return {clock.clock: clock for clock in record.clocks}


def day(clock: Clock) -> str:
    return f"{clock.due_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("received", "reply", "acceptance", "mediation_end", "rule"),
    [
        ("2026-04-14T23:59", "2026-04-29", "2026-04-24", "2026-06-19", "legal.mediation_end_until_2026_04_14"),
        ("2026-04-15T00:00", "2026-04-30", "2026-04-25", "2026-06-16", "legal.mediation_end"),
        ("2026-10-01T09:00", "2026-10-21", "2026-10-16", "2026-12-01", "legal.mediation_end"),
        ("2026-12-15T09:00", "2026-12-30", "2026-12-25", "2027-02-16", "legal.mediation_end"),
    ],
)
async def test_a_referral_carries_the_dates_of_the_law_of_the_day_it_came(
    engine: AsyncEngine, received: str, reply: str, acceptance: str, mediation_end: str, rule: str
) -> None:
    found = await clocks_of(engine, referred(received))

    dates = [day(found[name]).removesuffix(" 00:00") for name in ("referral-reply", "acceptance", "mediation-end")]
    assert dates == [reply, acceptance, mediation_end]
    assert (found["referral-reply"].rule_id, found["mediation-end"].rule_id) == ("legal.odr_reply", rule)
    assert (found["referral-reply"].info, found["acceptance"].info, found["mediation-end"].info) == (None, True, True)
    assert not found["referral-reply"].provisional


async def test_a_date_that_may_still_move_says_so(engine: AsyncEngine) -> None:
    found = await clocks_of(engine, referred("2026-12-25T09:00"))

    assert (day(found["referral-reply"]), found["referral-reply"].provisional) == ("2027-01-12 00:00", True)
    assert found["acceptance"].provisional
    assert found["mediation-end"].provisional


async def test_the_date_a_referral_names_wins_and_that_of_the_law_stands_beside_it(engine: AsyncEngine) -> None:
    found = await clocks_of(engine, referred("2026-10-01T09:00", due="2026-10-12"))

    reply, legal = found["referral-reply"], found["legal-reply"]
    assert (day(reply), reply.rule_id, reply.provisional) == ("2026-10-13 00:00", "legal.written_due", False)
    assert (day(legal), legal.rule_id) == ("2026-10-21 00:00", "legal.odr_reply_beside")


async def test_a_report_starts_no_clock_of_a_complaint(engine: AsyncEngine) -> None:
    found = await clocks_of(engine, referred("2026-10-01T09:00", kind="举报"))

    assert {"referral-reply", "legal-reply", "acceptance", "mediation-end"} & found.keys() == set()
