"""A scanned code fills in its place; revoked or overused it does not, and no complaint is refused for it."""

import os
from pathlib import Path

import pytest

from gateway.pages.place import place_code, read_place
from gateway.pages.texts import texts
from gateway.qr.codes import made
from gateway.qr.drawing import picture, sheet
from gateway.qr.revoked import FILE, write_revoked
from gateway.qr.scanning import LEFT_OUT
from schemas.errors import InvalidRequest, NotGenuine
from schemas.settings.staff import QrSettings
from schemas.tokens import TokenKeys
from tests.gateway.http import TOKEN_KEYS, gateway
from tests.gateway.parts import NOW
from tests.gateway.test_pages import opened

PLACE = {"store": "人民路店", "counter": "3 号收银台 + 自助"}
CODE = place_code(TOKEN_KEYS, PLACE, "c1")
NUMBERED = {"text": "排队太久", "store": "人民路店"}


def test_a_code_gives_back_its_place_and_id_and_a_changed_one_nothing() -> None:
    read = read_place(TOKEN_KEYS, CODE, NOW)

    assert (read.code_id, read.place) == ("c1", PLACE)
    with pytest.raises(NotGenuine):
        read_place(TokenKeys("k1", {"k1": b"another key, also of 32 bytes..."}), CODE, NOW)


async def test_a_revoked_code_opens_the_plain_form_and_its_place_is_not_believed(tmp_path: Path) -> None:
    async with gateway(tmp_path, home=tmp_path) as of:
        form = await opened(of, f"/q/{CODE}")
        write_revoked(tmp_path, ["c1"])
        page = await of.client.get(f"/q/{CODE}")
        sent = await of.client.post("/complaints", data=form | NUMBERED)

    [complaint] = of.complaints()
    assert texts()["notice.code"]["zh-CN"] in page.text
    assert "人民路店" not in page.text
    assert sent.status_code == 202
    assert (complaint.entry, complaint.stated.store, complaint.stated.counter) == ("form", None, None)
    assert complaint.warnings == (LEFT_OUT,)


async def test_another_code_of_the_store_goes_on(tmp_path: Path) -> None:
    write_revoked(tmp_path, ["c2"])
    async with gateway(tmp_path, home=tmp_path) as of:
        page = await of.client.get(f"/q/{CODE}")

    assert 'value="人民路店"' in page.text


@pytest.mark.parametrize("damaged", [b"", b"{", b"\xff", b"7"])
async def test_a_list_that_cannot_be_read_revokes_nothing(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / FILE).write_bytes(damaged)
    async with gateway(tmp_path, home=tmp_path) as of:
        page = await of.client.get(f"/q/{CODE}")

    assert 'value="人民路店"' in page.text


async def test_a_code_may_be_taken_back_from_the_list(tmp_path: Path) -> None:
    write_revoked(tmp_path, ["c1"])
    async with gateway(tmp_path, home=tmp_path) as of:
        revoked = await of.client.get(f"/q/{CODE}")
        write_revoked(tmp_path, [])
        os.utime(tmp_path / FILE, ns=(1, 1))
        again = await of.client.get(f"/q/{CODE}")

    assert 'value="人民路店"' not in revoked.text
    assert 'value="人民路店"' in again.text


async def test_over_its_limit_a_code_places_nothing_and_every_complaint_is_taken(tmp_path: Path) -> None:
    async with gateway(tmp_path, qr=QrSettings(posts_per_minute=2)) as of:
        for _ in range(3):
            form = await opened(of, f"/q/{CODE}")
            answer = await of.client.post("/complaints", data=form | NUMBERED)
            assert answer.status_code == 202
        form = await opened(of, f"/q/{CODE}")
        await of.client.post("/complaints", data=form | NUMBERED | {"store": "解放路店"})

    complaints = of.complaints()
    assert [one.entry for one in complaints] == ["qr", "qr", "form", "form"]
    assert [one.stated.store for one in complaints] == ["人民路店", "人民路店", None, "解放路店"]
    assert [one.warnings for one in complaints] == [(), (), (LEFT_OUT,), (LEFT_OUT,)]


async def test_a_code_opened_too_often_shows_the_plain_form_with_a_notice(tmp_path: Path) -> None:
    other = place_code(TOKEN_KEYS, PLACE, "c2")
    async with gateway(tmp_path, qr=QrSettings(opened_per_minute=1)) as of:
        first, second = await of.client.get(f"/q/{CODE}"), await of.client.get(f"/q/{CODE}")
        elsewhere = await of.client.get(f"/q/{other}")

    assert (first.status_code, second.status_code) == (200, 200)
    assert texts()["notice.code.busy"]["zh-CN"] in second.text
    assert 'value="人民路店"' in elsewhere.text


def test_pictures_and_sheets_say_the_place_in_both_languages() -> None:
    code = made(TOKEN_KEYS, "https://c.example.com/", NOW, "人民路店", "三楼", "A-12")

    page = sheet([code, code], "<某超市>")

    assert picture(code.url, "png").startswith(b"\x89PNG")
    assert b"<svg" in picture(code.url, "svg")
    assert page.count("<svg") == 2
    assert "&lt;某超市&gt;" in page
    for words in ("人民路店", "三楼 · A-12", "扫码投诉或提建议", "Scan to complain", code.url, code.code_id):
        assert words in page
    assert read_place(TOKEN_KEYS, code.url.split("/q/")[1], NOW).place == {
        "store": "人民路店",
        "counter": "三楼 · A-12",
    }


@pytest.mark.parametrize(("store", "counter"), [("", ""), (" ", "x"), ("x" * 61, ""), ("x", "y" * 61)])
def test_a_place_without_store_or_with_a_name_too_long_makes_no_code(store: str, counter: str) -> None:
    with pytest.raises(InvalidRequest):
        made(TOKEN_KEYS, "https://c.example.com", NOW, store, counter)
