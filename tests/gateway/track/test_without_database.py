"""Without a database the page says that it can be looked up later; a complaint is received all the same."""

import re
from pathlib import Path

import pytest

from gateway.qr.drawing import on_screen
from schemas.settings import TrackSettings
from schemas.tokens import track_key
from tests.gateway.http import TOKEN_KEYS, gateway

NUMBER = "ETNV-X5SQ-JG01-G"


@pytest.mark.parametrize(
    ("what", "form"),
    [("code", {"lang": "en"}), ("code/check", {"challenge": "x", "code": "1"}), ("digits", {"digits": "1234"})],
)
async def test_it_can_be_looked_up_later(tmp_path: Path, what: str, form: dict[str, str]) -> None:
    async with gateway(tmp_path) as of:
        answer = await of.client.post(f"/track/{NUMBER}/{what}", data=form | {"lang": "en"})

    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "try again later" in answer.text


async def test_an_opened_page_waits_and_receiving_goes_on(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        opened = await of.client.post(f"/track/{NUMBER}/open", data={"k": track_key(TOKEN_KEYS, NUMBER)})
        page = await of.client.get(opened.headers["location"])
        complaint = await of.client.post("/complaints", data={"text": "酸奶过期"})

    assert page.status_code == 503
    assert "暂时" in page.text or "稍后再试" in page.text
    assert complaint.status_code == 202


async def test_the_confirmation_leads_to_the_complaints_own_page(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        page = await of.client.post("/complaints", data={"text": "酸奶过期"}, headers={"accept": "text/html"})

    [complaint] = of.complaints()
    number = complaint.tracking_number
    assert f'href="/track/{number}?lang=zh-CN#k={track_key(TOKEN_KEYS, number)}"' in page.text
    assert "#k=" not in page.headers["location"]


async def test_the_confirmation_shows_the_link_as_a_code_that_stands_in_the_page(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        typed = {"text": "milk gone sour", "lang": "en"}
        page = await of.client.post("/complaints", data=typed, headers={"accept": "text/html"})

    [complaint] = of.complaints()
    number = complaint.tracking_number
    link = f"https://c.example.com/track/{number}?lang=en#k={track_key(TOKEN_KEYS, number)}"
    assert str(on_screen(link)) in page.text
    assert "QR code of your page" in page.text
    assert re.search(r"<img[^>]+(data:|#k=)|<style| style=", page.text) is None


@pytest.mark.parametrize("what", ["open", "code", "digits", "add", "satisfaction", "leave", "code/check"])
async def test_what_cannot_be_a_number_is_nowhere(tmp_path: Path, what: str) -> None:
    async with gateway(tmp_path) as of:
        answer = await of.client.post(f"/track/ETNV-X5SQ-JG01-H/{what}", data={"k": "x"})

    assert answer.status_code == 404


async def test_on_plain_http_the_cookie_is_sent_to_these_pages_only(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        of.parts.public_url = "http://127.0.0.1:8080"
        answer = await of.client.post(f"/track/{NUMBER}/open", data={"k": track_key(TOKEN_KEYS, NUMBER)})

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("track_")
    assert "Path=/track" in cookie
    assert "HttpOnly" in cookie
    assert "Secure" not in cookie


async def test_who_looks_too_often_is_asked_to_wait_on_a_page(tmp_path: Path) -> None:
    async with gateway(tmp_path, track=TrackSettings(requests_per_minute=2)) as of:
        for _ in range(2):
            await of.client.get(f"/track/{NUMBER}")
        person = await of.client.get(f"/track/{NUMBER}?lang=en", headers={"accept": "text/html"})
        program = await of.client.get(f"/track/{NUMBER}")

    assert (person.status_code, program.status_code) == (429, 429)
    assert "Too many requests" in person.text
    assert int(person.headers["retry-after"]) > 0
    assert program.headers["content-type"] == "application/problem+json"
