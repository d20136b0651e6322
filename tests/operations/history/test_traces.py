"""What one complaint left behind, put together: the case is where people have moved it."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from operations.history.traces import Traces


def linked(revision: int, case_id: UUID) -> Any:
    return SimpleNamespace(revision=revision, decision={"case_id": str(case_id)})


def test_a_complaint_that_was_moved_belongs_to_the_case_of_its_newest_revision() -> None:
    first, second = uuid4(), uuid4()

    found = Traces(decisions={"deduplicate": [linked(2, second), linked(1, first)]})

    assert found.case_id == second


def test_a_complaint_that_no_stage_has_seen_belongs_to_no_case() -> None:
    assert Traces().case_id is None
