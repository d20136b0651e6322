"""Tasks: what a machine cannot do is on the list of a person until it is done, once, whatever order records come in."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Referral
from schemas.outcomes import Outcome
from schemas.records import Command
from schemas.reply import BOUNCED, NOT_KNOWN, THROUGH_AUTHORITY, UNDELIVERED
from schemas.task import TaskAct, TaskKind, decided_under
from tests.schemas.making import RECEIVED_AT
from tests.workers.pieces import rows
from tests.workers.tasks.pieces import STAGE, acknowledged, asking, command, result, tasks
from workers.runtime.driver import incoming, run_batch

pytestmark = pytest.mark.services
LATER = RECEIVED_AT + timedelta(hours=2)


async def follow(engine: AsyncEngine, *records: Any, first_offset: int = 0) -> None:
    """Let the stage follow records in one batch; each has an offset of its own."""
    items = [incoming(record, first_offset + i, at=LATER) for i, record in enumerate(records)]
    assert await run_batch(STAGE, engine, items) == []


async def refusal(engine: AsyncEngine, act: Command) -> str:
    """What the stage answered to a command, empty when it took effect."""
    [row] = await rows(
        engine, "SELECT decision FROM tasks_decisions WHERE complaint_id = :id", id=decided_under(act.command_id)
    )
    return "" if row.decision["applied"] else str(row.decision["detail"])


async def test_a_task_is_due_by_its_kind_counted_from_receipt(engine: AsyncEngine) -> None:
    await follow(engine, asking("call-back", "listen-and-type", "platform-entry", "look-into-the-box"))

    found = await tasks(engine)
    assert {kind: row.due_at - RECEIVED_AT for kind, row in found.items()} == {
        "call-back": timedelta(hours=4),
        "listen-and-type": timedelta(hours=8),
        "platform-entry": timedelta(days=7),
        "look-into-the-box": timedelta(hours=24),
    }
    assert {row.state for row in found.values()} == {"open"}
    assert found["platform-entry"].department == "regulator-affairs"
    assert found["call-back"].department == "customer-service"


async def test_the_date_in_a_referral_wins_and_moves_with_it(engine: AsyncEngine) -> None:
    due = RECEIVED_AT + timedelta(days=3)
    first = asking("platform-entry", referral=Referral(number="1", due_at=due))
    moved = asking("platform-entry", referral=Referral(number="1", due_at=due - timedelta(days=1)), revision=2)

    await follow(engine, first)
    before = (await tasks(engine))["platform-entry"].due_at
    await follow(engine, moved, first_offset=1)

    assert (before, (await tasks(engine))["platform-entry"].due_at) == (due, due - timedelta(days=1))


async def test_a_revision_that_does_not_list_a_task_ends_it_and_an_older_one_that_comes_late_opens_nothing(
    engine: AsyncEngine,
) -> None:
    await follow(engine, asking("listen-and-type", revision=2))
    await follow(engine, asking(revision=3), asking("listen-and-type", "call-back"), first_offset=1)

    [row] = (await tasks(engine)).values()
    assert (row.kind, row.state, row.done_by, row.how) == ("listen-and-type", "done", None, "revision")


async def test_a_task_listed_anew_is_opened_again_but_not_one_a_person_did_that_is_still_listed(
    engine: AsyncEngine,
) -> None:
    first = asking("listen-and-type", "call-back")
    called = command(TaskAct.DONE, first, TaskKind.CALL_BACK, arguments={"how": "phone"})
    typed = asking("call-back", revision=2)
    another_recording = asking("call-back", "listen-and-type", revision=3)

    await follow(engine, first, called, typed, another_recording)

    found = await tasks(engine)
    assert (found["listen-and-type"].state, found["listen-and-type"].how) == ("open", None)
    assert found["listen-and-type"].due_at == LATER + timedelta(hours=8)
    assert (found["call-back"].state, found["call-back"].done_by) == ("done", "Li")


@pytest.mark.parametrize("outcome", [Outcome.UNREACHABLE, Outcome.BY_PERSON])
async def test_whom_no_message_reached_a_person_tells_within_the_24_hours(
    engine: AsyncEngine, outcome: Outcome
) -> None:
    one = asking()

    await follow(engine, one, acknowledged(one, outcome))

    [row] = (await tasks(engine)).values()
    assert (row.kind, row.due_at) == ("unacknowledged", RECEIVED_AT + timedelta(hours=24))
    assert (row.tracking_number, row.note) == (one.tracking_number, "no way to answer")


async def test_who_was_answered_or_need_not_be_is_nobodys_task(engine: AsyncEngine) -> None:
    done = (Outcome.SENT, Outcome.COVERED, Outcome.NOT_WANTED)

    await follow(engine, *(acknowledged(asking(source_id=one.value), one) for one in done))

    assert await tasks(engine) == {}


async def test_an_unclear_delivery_is_one_task_to_find_out_and_a_bounce_one_to_tell(engine: AsyncEngine) -> None:
    unclear, bounced = asking(source_id="unclear"), asking(source_id="bounced")

    await follow(
        engine,
        result(unclear, Outcome.BY_PERSON, NOT_KNOWN),
        acknowledged(unclear, Outcome.BY_PERSON, NOT_KNOWN),
        acknowledged(bounced, Outcome.SENT),
        result(bounced, Outcome.UNREACHABLE, BOUNCED),
    )

    found = await tasks(engine)
    assert {kind: row.complaint_id for kind, row in found.items()} == {
        "unknown-delivery": unclear.complaint_id,
        "unacknowledged": bounced.complaint_id,
    }


async def test_a_message_that_a_report_says_nobody_got_is_a_task_to_tell(engine: AsyncEngine) -> None:
    one = asking()

    await follow(engine, acknowledged(one, Outcome.SENT), result(one, Outcome.UNREACHABLE, UNDELIVERED))

    assert (await tasks(engine))["unacknowledged"].note == UNDELIVERED


async def test_who_wrote_through_an_authority_is_answered_through_it_only(engine: AsyncEngine) -> None:
    one = asking("platform-entry", referral=Referral(number="1"))

    await follow(engine, one, acknowledged(one, Outcome.BY_PERSON, THROUGH_AUTHORITY))

    assert set(await tasks(engine)) == {"platform-entry"}


@pytest.mark.parametrize("sealed_first", [True, False])
async def test_the_reporter_of_a_sealed_report_is_nobodys_task_to_answer(
    engine: AsyncEngine, sealed_first: bool
) -> None:
    report = asking("platform-entry", sealed=True)
    records = [report, acknowledged(report, Outcome.UNREACHABLE)]

    await follow(engine, *(records if sealed_first else records[::-1]))

    still = {kind: row for kind, row in (await tasks(engine)).items() if row.state != "done"}
    assert set(still) == {"platform-entry"}
    assert (still["platform-entry"].sealed, still["platform-entry"].department) == (True, "regulator-affairs")


async def test_only_one_person_has_a_task_and_only_the_owner_ends_it(engine: AsyncEngine) -> None:
    one = asking("call-back")
    mine, theirs = (command(TaskAct.CLAIM, one, TaskKind.CALL_BACK, by) for by in ("Li", "Wang"))
    not_theirs = command(TaskAct.DONE, one, TaskKind.CALL_BACK, "Wang", arguments={"how": "phone"})
    released = command(TaskAct.RELEASE, one, TaskKind.CALL_BACK, "Wang")
    done = command(TaskAct.DONE, one, TaskKind.CALL_BACK, "Wang", arguments={"how": "phone"})

    await follow(engine, one, mine, theirs, not_theirs, released, done)

    row = (await tasks(engine))["call-back"]
    assert (row.state, row.owner, row.done_by, row.how, row.done_at) == ("done", "Wang", "Wang", "phone", done.at)
    assert await refusal(engine, theirs) == "claimed by Li"
    assert "claimed by Li" in await refusal(engine, not_theirs)
    assert [await refusal(engine, act) for act in (mine, released, done)] == ["", "", ""]


async def test_an_answer_to_an_authority_is_done_when_who_when_and_how_are_told(engine: AsyncEngine) -> None:
    one = asking("platform-entry", referral=Referral(number="1"))
    when = RECEIVED_AT + timedelta(hours=1)
    acts = [
        command(TaskAct.DONE, one, TaskKind.PLATFORM_ENTRY, **changes)
        for changes in (
            {"arguments": {"how": "entered"}},
            {"arguments": {"done_at": when.isoformat()}},
            {"arguments": {"how": "entered", "done_at": "yesterday"}},
            {"arguments": {"how": "entered", "done_at": (RECEIVED_AT + timedelta(days=1)).isoformat()}},
            {"arguments": {"how": "entered", "done_at": when.isoformat()}, "by": " "},
            {"arguments": {"how": "entered", "done_at": when.isoformat()}},
        )
    ]

    await follow(engine, one, *acts)

    assert [bool(await refusal(engine, act)) for act in acts] == [True, True, True, True, True, False]
    row = (await tasks(engine))["platform-entry"]
    assert (row.state, row.done_by, row.done_at, row.how) == ("done", "Li", when, "entered")


async def test_what_a_revision_has_ended_may_still_be_signed_once(engine: AsyncEngine) -> None:
    one = asking("listen-and-type")
    typed = asking(revision=2)
    claimed, signed, again = (
        command(act, one, TaskKind.LISTEN_AND_TYPE, by, arguments={"how": "headphones, he gave 13812340001"})
        for act, by in ((TaskAct.CLAIM, "Li"), (TaskAct.DONE, "Li"), (TaskAct.DONE, "Wang"))
    )

    await follow(engine, one, typed, claimed, signed, again)

    row = (await tasks(engine))["listen-and-type"]
    assert (row.state, row.done_by) == ("done", "Li")
    assert "13812340001" not in row.how
    assert [await refusal(engine, act) for act in (claimed, signed, again)] == [
        "already done by revision",
        "",
        "already done by Li",
    ]


async def test_a_replay_or_redelivery_of_everything_changes_nothing(engine: AsyncEngine) -> None:
    one = asking("call-back")
    claimed = command(TaskAct.CLAIM, one, TaskKind.CALL_BACK)
    told = acknowledged(one, Outcome.UNREACHABLE)
    done = command(TaskAct.DONE, one, TaskKind.UNACKNOWLEDGED, arguments={"how": "letter"})
    records = (one, claimed, told, done)

    await follow(engine, *records)
    before = await tasks(engine)
    await follow(engine, *records)
    await follow(engine, *records, first_offset=10)

    assert await tasks(engine) == before


async def test_commands_of_others_or_about_no_task_are_passed_over(engine: AsyncEngine) -> None:
    one = asking("call-back")
    relink = command(TaskAct.DONE, one, TaskKind.CALL_BACK, kind="relink")
    nameless = command(TaskAct.DONE, one, TaskKind.CALL_BACK, complaint_id=None, arguments={"how": "phone"})
    unreadable = command(TaskAct.DONE, one, TaskKind.CALL_BACK, arguments={"task_id": "7", "how": "phone"})

    await follow(engine, one, relink, nameless, unreadable)

    assert (await tasks(engine))["call-back"].state == "open"
    assert await refusal(engine, relink) == "another stage's command"
    assert await refusal(engine, nameless) == "the complaint has no such task"
    assert await refusal(engine, unreadable)


@pytest.mark.parametrize("kind", ["notice", "reply"])
async def test_a_message_that_nobody_got_is_a_task_of_its_own(engine: AsyncEngine, kind: str) -> None:
    one = asking()
    lost = result(one, Outcome.UNREACHABLE, "no way is left: phone closed").model_copy(
        update={"kind": kind, "occasion": "answered"}
    )
    unclear = result(one, Outcome.BY_PERSON, NOT_KNOWN).model_copy(update={"kind": kind, "occasion": "closed"})

    await follow(engine, one, lost, unclear)

    found = await tasks(engine)
    assert {(row.kind, row.note) for row in found.values()} == {
        (TaskKind.MESSAGE_UNDELIVERED, "answered: no way is left: phone closed"),
        (TaskKind.MESSAGE_UNCLEAR, f"closed: {NOT_KNOWN}"),
    }


async def test_the_next_message_that_nobody_got_joins_the_task_or_opens_it_again(engine: AsyncEngine) -> None:
    one = asking()

    def lost(occasion: str) -> Any:
        found = result(one, Outcome.UNREACHABLE, "no address was left")
        return found.model_copy(update={"kind": "notice", "occasion": occasion})

    await follow(engine, one, lost("accepted"), lost("accepted"), lost("answered"))
    [joined] = (await tasks(engine)).values()
    await follow(
        engine, command(TaskAct.DONE, one, TaskKind.MESSAGE_UNDELIVERED, arguments={"how": "phone"}), first_offset=10
    )
    await follow(engine, lost("closed"), first_offset=20)
    [again] = (await tasks(engine)).values()

    assert joined.note == "accepted: no address was left; answered: no address was left"
    assert (again.state, again.note) == ("open", "closed: no address was left")


async def test_a_code_nobody_got_and_a_notice_to_an_authority_are_no_tasks(engine: AsyncEngine) -> None:
    one = asking()
    code = result(one, Outcome.UNREACHABLE, "no address was left").model_copy(update={"kind": "code"})
    notice = result(one, Outcome.BY_PERSON, THROUGH_AUTHORITY).model_copy(update={"kind": "notice"})

    await follow(engine, one, code, notice)

    assert await tasks(engine) == {}
