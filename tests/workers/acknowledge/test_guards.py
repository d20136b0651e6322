"""The guards without a database: what a repeated subject is, which addresses are never answered, the caps."""

from datetime import timedelta
from uuid import uuid4

import pytest

from schemas.outcomes import Outcome
from tests.workers.acknowledge.pieces import GUARDS, classified
from tests.workers.pieces import NOON, mail
from workers.acknowledge.guards import History, Message, repeated_subject
from workers.acknowledge.owed import of_classified
from workers.recipients import KeyedWay


@pytest.mark.parametrize(
    "subject",
    [
        "Re: [Ticket#4711] 牛奶过期",
        "回复：【工单 88】 牛奶过期",
        "RE: AW: Fwd: 牛奶过期",
        "牛奶过期 (编号 8KQ2-9ZXA-1)",
        "转发: 牛奶过期 2026-11-02",
        "牛奶过期 CT-ABCDEFGHJKMNPQRSTVWXYZ01234",
    ],
)
def test_what_machines_vary_in_a_subject_does_not_count(subject: str) -> None:
    assert repeated_subject(subject) == "牛奶过期"


@pytest.mark.parametrize("subject", [None, "", "  ", "Re:", "Re: [#12]"])
def test_a_subject_that_says_nothing_is_not_counted(subject: str | None) -> None:
    assert repeated_subject(subject) is None


@pytest.mark.parametrize(
    ("address", "never"),
    [
        ("support@us.example", True),
        ("Support+CT-123@US.example", True),
        ("noreply-orders@shop.example", True),
        ("MAILER-DAEMON@mx.example", True),
        ("li@customers.example", False),
        ("norbert@customers.example", False),
    ],
)
def test_our_own_addresses_and_machines_are_never_answered(address: str, never: bool) -> None:
    assert GUARDS.never_answered(address) is never


@pytest.mark.parametrize(("minutes_ago", "messages", "held"), [(9, 30, True), (9, 29, False), (11, 30, False)])
def test_a_cap_counts_the_messages_of_its_minutes_only(minutes_ago: int, messages: int, held: bool) -> None:
    owed = of_classified(classified(mail("a@x")))
    before = [Message(NOON - timedelta(minutes=minutes_ago), uuid4(), None)] * messages
    ways = [KeyedWay(way, "li") for way in GUARDS.answerable(owed)]

    plan = GUARDS.judge(owed, ways, None, NOON, History(recent={"li": before}))

    assert (plan.outcome is Outcome.BY_PERSON) is held
