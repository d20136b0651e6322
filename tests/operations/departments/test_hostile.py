"""What a department that means harm, or knows no better, tries on its own calls."""

from typing import Any

import pytest
from sqlalchemy import select

from schemas.tables.tokens import API_TOKENS
from tests.operations.departments import pictures
from tests.operations.departments.conftest import House
from tests.operations.departments.test_attachment import PHOTO, kept, with_photo
from tests.workers.route.pieces import classified

pytestmark = pytest.mark.services


@pytest.fixture
async def photo(house: House) -> str:
    """Where a stored photo is downloaded."""
    await kept(house, with_photo("stored"), pictures.jpeg())
    return f"/api/v1/attachments/{PHOTO}"


@pytest.mark.parametrize(
    "asked",
    [
        {"Range": "bytes=0-0"},
        {"Range": "bytes=" + ",".join(f"{start}-" for start in range(2_000))},
        {"Range": "bytes=-99999999999999999999"},
        {"If-None-Match": "*"},
        {"If-Modified-Since": "Fri, 31 Dec 2100 23:59:59 GMT"},
        {"If-Match": '"other"', "If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "PUT", "X-Method-Override": "POST"},
        {"Accept-Encoding": "gzip;q=1, br", "TE": "gzip"},
        {"Accept": "text/html", "Expect": "200-ok"},
    ],
    ids=lambda one: next(iter(one)),
)
async def test_no_header_makes_a_download_another_one(house: House, photo: str, asked: dict[str, str]) -> None:
    headers = await house.token("quality")
    plain = await house.client.get(photo, headers=headers)

    answer = await house.client.get(photo, headers=headers | asked)

    assert (answer.status_code, answer.content) == (200, plain.content)
    assert answer.headers == plain.headers
    assert len(await house.audited()) == 2


@pytest.mark.parametrize(
    "name",
    ['a"\r\nSet-Cookie: x=1\r\n.jpg', "\u202egpj.exe", "../../../etc/passwd", "a" * 400 + ".jpg", "李明月.svg", "\x00"],
)
async def test_the_name_a_customer_gave_a_file_is_nowhere_in_the_answer(house: House, name: str) -> None:
    named = with_photo("stored")
    [photo] = named.attachments
    await kept(house, named.model_copy(update={"attachments": (photo.model_copy(update={"name": name}),)}), b"<svg/>")

    answer = await house.file(PHOTO)

    assert answer.headers["content-disposition"] == f'attachment; filename="{PHOTO}.bin"'
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
async def test_no_other_method_is_answered(house: House, photo: str, method: str) -> None:
    answer = await house.client.request(method, photo, headers=await house.token("quality"))

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert await house.audited() == []


@pytest.mark.parametrize(
    "written", ["{0}/", "{0}%2f", "{0};x", "{0}%00", "/{0}", "{0}/../x", "{0}?id=1", "{0}%0d%0aX:y"]
)
async def test_an_id_written_otherwise_leads_nowhere_else(house: House, photo: str, written: str) -> None:
    headers = await house.token("quality") | {"host": "attack.example", "accept": "text/html"}

    answer = await house.client.get("https://c.example.com" + written.format(photo), headers=headers)

    assert answer.status_code == (200 if "?" in written else 404)
    assert "location" not in answer.headers


async def test_a_department_that_asks_too_often_reads_a_problem_whatever_it_accepts(house: House) -> None:
    complaint = classified("1", text="牛奶过期了")
    await house.route(complaint)
    headers = await house.token("quality") | {"accept": "text/html"}
    path = f"/api/v1/cases/{complaint.case_id}/contact?purpose=call%20back"

    answers = [await house.client.get(path, headers=headers) for _ in range(6)]

    assert answers[-1].status_code == 429
    assert answers[-1].headers["content-type"] == "application/problem+json"


async def test_a_department_holds_only_so_many_files_at_once(house: House, photo: str) -> None:
    headers, others = await house.token("quality"), await house.token("quality")
    async with house.engine.connect() as connection:
        token_id = (await connection.execute(select(API_TOKENS.c.token_id).limit(1))).scalar_one()
    access: Any = house.inner.state.department_access

    with access.downloads.one(str(token_id)), access.downloads.one(str(token_id)):
        with access.downloads.one(str(token_id)), access.downloads.one(str(token_id)):
            answers = [await house.client.get(photo, headers=one) for one in (headers, others)]
        later = await house.client.get(photo, headers=headers)

    assert sorted(one.status_code for one in answers) == [200, 429]
    assert int(next(one for one in answers if one.status_code == 429).headers["retry-after"]) > 0
    assert later.status_code == 200
