"""While everything is being started nothing is called missing; what ends or stays away afterwards is named."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from operations.findings import Seen, look
from operations.lag.rows import Board, BoardRow, RowKind, RowState
from operations.promises.forecasting import Flow
from operations.saying import Said
from operations.watching.rows import rows
from operations.watching.watch import _flow
from tests.operations.findings.looks import GATEWAY, IMAP, NOW, WORKER, well

JUST_NOW, LONG_AGO = NOW - timedelta(seconds=15), NOW - timedelta(hours=3)
NOTHING = Said("", "")


def row(stage: str, state: RowState) -> BoardRow:
    """A stage as the board sees it."""
    return BoardRow(f"stage:{stage}", RowKind.STAGE, stage, NOTHING, state, NOTHING, waiting=4)


def started_just_now(**of_worker: Any) -> Seen:
    """All processes run for 15 s; the worker's parts as told."""
    seen = well()
    young = [replace(one, started_at=JUST_NOW) for one in seen.beats]
    return replace(seen, beats=[replace(one, **of_worker) if one.process_id == WORKER else one for one in young])


def without_worker(seen: Seen) -> Seen:
    """The same before the worker has said anything."""
    return replace(seen, beats=[one for one in seen.beats if one.process_id != WORKER])


def test_before_any_part_has_beaten_nothing_is_called_never_started() -> None:
    empty = replace(well(), beats=(), began=NOW, board=Board(NOW, (row("route", RowState.NO_CONSUMER),)))

    assert look(empty) == []


def test_what_has_not_beaten_a_minute_later_is_named() -> None:
    empty = replace(well(), beats=(), began=NOW - timedelta(seconds=60))

    assert {one.kind for one in look(empty)} == {"channel-stopped", "process-stopped"}


@pytest.mark.parametrize("state", [RowState.NO_CONSUMER, RowState.STALLED, RowState.NEVER_COMMITTED])
def test_stages_that_are_not_ready_yet_are_not_called_missing_by_their_groups(state: RowState) -> None:
    seen = started_just_now(ready=False, not_ready_since=JUST_NOW, detail="not started yet")

    assert look(replace(seen, board=Board(NOW, (row("route", state),)))) == []


def test_a_group_that_has_not_committed_yet_is_not_named_although_its_stage_has_just_become_ready() -> None:
    board = Board(NOW, (row("route", RowState.NEVER_COMMITTED),))

    assert look(replace(started_just_now(), board=board)) == []


def test_after_a_restart_the_end_of_the_former_processes_is_not_named() -> None:
    ended = {"started_at": LONG_AGO, "beaten_at": NOW - timedelta(seconds=40), "ended_at": NOW - timedelta(seconds=40)}

    assert look(started_just_now(**ended)) == []


def test_what_ended_after_the_start_is_named_at_once() -> None:
    ended = started_just_now(beaten_at=NOW - timedelta(seconds=4), ended_at=NOW - timedelta(seconds=4))

    assert {one.kind for one in look(ended)} == {"process-stopped"}


def test_a_stage_that_was_ready_and_lost_its_consumers_is_named_while_all_is_young() -> None:
    board = Board(NOW, (row("route", RowState.NO_CONSUMER),))

    assert [one.kind for one in look(replace(started_just_now(), board=board))] == ["stage-without-consumer"]


def test_where_one_process_has_run_for_long_a_part_that_never_beat_is_named_at_once() -> None:
    seen = without_worker(started_just_now())
    old = [replace(one, started_at=LONG_AGO) if one.process_id == IMAP else one for one in seen.beats]

    found = look(replace(seen, beats=old))

    assert {one.kind for one in found} == {"process-stopped"}
    assert "还没有启动过" in found[0].said.zh


def test_whoever_has_looked_for_long_gives_no_grace_to_processes_that_start_anew() -> None:
    seen = without_worker(replace(started_just_now(), began=LONG_AGO))

    assert {one.kind for one in look(seen)} == {"process-stopped"}


def test_a_stop_for_a_person_is_named_however_young_the_installation_is() -> None:
    seen = started_just_now(ready=False, not_ready_since=JUST_NOW)

    found = look(replace(seen, board=Board(NOW, (row("route", RowState.STOPPED),))))

    assert [one.kind for one in found] == ["stage-stopped"]


def test_a_channel_that_is_being_started_is_not_stopped_on_the_board() -> None:
    seen = started_just_now()
    young = replace(seen, beats=[one for one in seen.beats if one.process_id == GATEWAY])

    shown = rows(young, {("email", "care"): "mailbox care"}, {})

    assert (shown[0].state, shown[0].why) == (RowState.SLOW, Said("正在启动", "is starting"))


def test_what_is_being_started_does_not_stand_still_in_the_forecast() -> None:
    board = Board(NOW, (row("classify", RowState.NO_CONSUMER),))
    seen = without_worker(replace(started_just_now(), board=board))

    assert _flow(seen, None) == Flow(None)
    assert _flow(replace(seen, began=LONG_AGO), None).sender_stands
