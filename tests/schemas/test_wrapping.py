"""A later stage adds its part: everything earlier stays, byte by byte, and comes out as the model would write it."""

from typing import Any

import pytest

from schemas.base import Record
from schemas.complaint import Complaint
from schemas.records import Classified, Deduplicated, Link, Understanding
from schemas.wrapping import wrap, wrapped_json
from tests.schemas.filled import filled
from tests.schemas.making import complaint

CASE = {"case_id": complaint().complaint_id, "case_seq": 2, "link": filled(Link)}
STEPS: tuple[tuple[type[Record], type[Record], dict[str, Any]], ...] = (
    (Complaint, Deduplicated, CASE),
    (Deduplicated, Classified, {"understanding": filled(Understanding)}),
)
every_step = pytest.mark.parametrize(("before", "after", "added"), STEPS, ids=["deduplicated", "classified"])


@every_step
def test_a_wrapped_record_is_what_its_model_would_have_made(
    before: type[Record], after: type[Record], added: dict[str, Any]
) -> None:
    earlier = filled(before)

    wrapped = wrap(after, earlier, **added)

    assert wrapped == after.model_validate(dict(earlier) | added)
    assert wrapped.model_fields_set == after.model_fields.keys()


@every_step
def test_wrapping_gives_the_bytes_of_a_full_dump(
    before: type[Record], after: type[Record], added: dict[str, Any]
) -> None:
    earlier = before.model_validate_json(filled(before).to_json())
    wrapped = wrap(after, earlier, **added)

    assert wrapped_json(wrapped, earlier, earlier.to_json()) == wrapped.to_json()


def test_a_record_that_is_handed_on_keeps_its_bytes() -> None:
    written = complaint().to_json()
    earlier = Complaint.model_validate_json(written)

    assert wrapped_json(earlier, earlier, written) is written


def test_fields_of_a_newer_writer_are_carried_along_by_the_model() -> None:
    written = complaint().to_json()[:-1] + b',"case_seq":"of another","mood":"angry"}'
    earlier = Complaint.model_validate_json(written)

    wrapped = wrap(Deduplicated, earlier, **CASE)

    assert wrapped_json(wrapped, earlier, written) is None
    assert wrapped.model_extra == {"mood": "angry"}
    assert Deduplicated.model_validate_json(wrapped.to_json()) == wrapped


@pytest.mark.parametrize("written", [b"", b" {}", b"{} \n", b'{"text":"a\\u0000b"}'], ids=repr)
def test_bytes_that_are_not_as_we_write_them_are_not_kept(written: bytes) -> None:
    earlier = complaint()

    assert wrapped_json(wrap(Deduplicated, earlier, **CASE), earlier, written) is None


@pytest.mark.parametrize("changed", [{"text": "other"}, {"revision": 2}, {"subject": "new"}], ids=repr)
def test_a_record_that_changes_what_came_before_is_written_anew(changed: dict[str, Any]) -> None:
    earlier = complaint()
    wrapped = wrap(Deduplicated, earlier, **CASE).model_copy(update=changed)

    assert wrapped_json(wrapped, earlier, earlier.to_json()) is None
    assert wrapped_json(complaint("2"), earlier, earlier.to_json()) is None
