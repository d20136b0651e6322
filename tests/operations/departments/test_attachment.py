"""A department downloads the files of its cases, and is told apart why there is none."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from schemas.complaint import Attachment
from schemas.envelope import attachment_key
from tests.operations.departments import pictures
from tests.operations.departments.conftest import House
from tests.workers.route.pieces import classified

pytestmark = pytest.mark.services
PHOTO = uuid4()


def with_photo(state: str, *, revision: int = 1, **fields: Any) -> Any:
    """A complaint about food with a photo in this state."""
    photo = Attachment(attachment_id=PHOTO, name="李明月.jpg", size_bytes=9, sha256="0" * 64, state=state)
    base = classified("1", text="牛奶过期了", revision=revision, **fields)
    if state in {"stored", "withheld"}:
        key = attachment_key(base.complaint_id, PHOTO, withheld=state == "withheld")
        photo = photo.model_copy(update={"object_key": key})
    return base.model_copy(update={"attachments": (photo,)})


async def kept(house: House, complaint: Any, content: bytes) -> None:
    await house.objects.put(complaint.attachments[0].object_key, content)
    await house.route(complaint)


async def test_a_photo_stored_after_the_first_record_is_downloaded(house: House) -> None:
    await house.route(with_photo("pending"))
    early = await house.file(PHOTO)
    await kept(house, with_photo("stored", revision=2), pictures.jpeg())

    answer = await house.file(PHOTO)

    assert (early.status_code, early.json()["type"].rpartition(":")[2]) == (409, "attachment-pending")
    assert int(early.headers["retry-after"]) > 0
    assert answer.status_code == 200
    assert b"pixels of the picture" in answer.content
    assert pictures.latitude() not in answer.content
    assert answer.headers["content-disposition"] == f'attachment; filename="{PHOTO}.jpg"'
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_older_revision_that_comes_late_takes_nothing_away(house: House) -> None:
    await kept(house, with_photo("stored", revision=2), pictures.jpeg())
    await house.route(with_photo("pending"))

    answer = await house.file(PHOTO)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("state", "status", "name"),
    [
        ("failed", 410, "attachment-failed"),
        ("refused", 410, "attachment-refused"),
        ("withheld", 403, "attachment-withheld"),
    ],
)
async def test_why_there_is_no_file_is_told_apart(house: House, state: str, status: int, name: str) -> None:
    await house.route(with_photo(state))

    answer = await house.file(PHOTO)

    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (status, name)


async def test_bytes_that_are_gone_are_said_to_be_gone(house: House) -> None:
    await house.route(with_photo("stored"))

    answer = await house.file(PHOTO)

    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (410, "attachment-failed")


async def test_files_of_others_and_files_there_are_not_look_the_same(house: House) -> None:
    await kept(house, with_photo("stored"), pictures.jpeg())

    others, nowhere = await house.file(PHOTO, "finance"), await house.file(UUID(int=1), "finance")

    assert (others.status_code, nowhere.status_code) == (404, 404)
    assert others.content == nowhere.content


async def test_who_answers_authorities_reads_what_is_withheld_of_a_report(house: House) -> None:
    report = with_photo("withheld", sealed=True, channel="regulator_12315")
    await kept(house, report, b"%PDF-1.7 the report")

    answer, stranger = await house.file(PHOTO, "regulator-affairs"), await house.file(PHOTO, "quality")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert stranger.status_code == 404


async def test_every_download_is_on_record(house: House) -> None:
    await kept(house, with_photo("stored"), pictures.jpeg())

    await house.file(PHOTO)

    [entry] = await house.audited()
    assert (entry.action, entry.by) == ("attachment.read", "quality: system")
    assert str(PHOTO) in entry.object_ids
