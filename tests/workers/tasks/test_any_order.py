"""Whatever order records of a complaint come in, people have to do the same in the end."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.outcomes import Acknowledged, Outcome
from schemas.policy import load_pack
from schemas.settings import TaskSettings
from schemas.task import TaskView
from tests.schemas.making import RECEIVED_AT
from tests.workers.tasks.pieces import acknowledged, asking
from workers.tasks.opening import Clocks, Desks, Opener
from workers.tasks.state import Memory

OPENER = Opener(Clocks(TaskSettings(), timedelta(hours=24)), Desks.of(load_pack()))
KINDS = ("call-back", "listen-and-type", "platform-entry")


def follow(records: list[TaskView | Acknowledged]) -> set[str]:
    """The kinds of what is to be done after these records, in this order."""
    memory = Memory()
    for number, record in enumerate(records):
        at = RECEIVED_AT + timedelta(minutes=number)
        if isinstance(record, TaskView):
            OPENER.follow(memory, record, at)
        else:
            OPENER.acknowledged(memory, record, at)
    return {task.kind for tasks in memory.tasks.values() for task in tasks.values() if not task.is_done}


@given(
    lists=st.lists(st.lists(st.sampled_from(KINDS), unique=True), min_size=1, max_size=5),
    sealed=st.booleans(),
    outcome=st.sampled_from(Outcome),
    data=st.data(),
)
@settings(max_examples=300, deadline=None)
def test_the_newest_revision_says_what_is_to_be_done_and_the_outcome_whom_to_tell(
    lists: list[list[str]], sealed: bool, outcome: Outcome, data: st.DataObject
) -> None:
    revisions = [asking(*tasks, revision=number, sealed=sealed) for number, tasks in enumerate(lists, 1)]
    every: list[TaskView | Acknowledged] = [*revisions, acknowledged(revisions[0], outcome)]
    records = data.draw(st.permutations(every))

    to_do = follow(records)

    nobody_reached = outcome in {Outcome.UNREACHABLE, Outcome.BY_PERSON} and not sealed
    assert to_do == set(lists[-1]) | ({"unacknowledged"} if nobody_reached else set())
