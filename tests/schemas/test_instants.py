"""Times of records: whatever a producer writes is a time or a field that is wrong, never a crash of its reader."""

import pytest
from pydantic import ValidationError

from schemas.records import DepartmentStatus
from tests.workers.casework.pieces import reported


@pytest.mark.parametrize("edge", ["0001-01-01T00:01:01+03:04", "9999-12-31T23:59:59-00:01"])
def test_a_time_that_there_is_not_in_utc_is_a_wrong_field(edge: str) -> None:
    written = reported("accepted").model_dump(mode="json") | {"at": edge}

    with pytest.raises(ValidationError) as refused:
        DepartmentStatus.model_validate(written)

    assert [one["loc"] for one in refused.value.errors()] == [("at",)]


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999+00:00"])
def test_the_first_and_the_last_moment_are_read(edge: str) -> None:
    written = reported("accepted").model_dump(mode="json") | {"at": edge}

    assert DepartmentStatus.model_validate(written).model_dump(mode="json")["at"][:10] == edge[:10]
