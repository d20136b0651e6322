"""The public pages: whoever sends a form gets a number, and nothing typed is lost."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from gateway.pages.place import place_code
from gateway.pages.texts import LANGUAGES, chosen, texts
from schemas.settings import GatewaySettings
from tests.gateway.http import TOKEN_KEYS, Gateway, gateway

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
NUMBER = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]")


def token(page: str) -> str:
    """The hidden nonce of a form."""
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


async def opened(of: Gateway, path: str = "/") -> dict[str, str]:
    """Open the form and return its hidden fields."""
    page = (await of.client.get(path)).text
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


async def test_the_form_speaks_chinese_unless_asked(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        default, english = await of.client.get("/"), await of.client.get("/?lang=en")

    assert '<html lang="zh-CN">' in default.text
    assert "问题描述" in default.text
    assert "Tell us what happened" in english.text
    assert "no-store" in default.headers["cache-control"]


async def test_a_sent_form_shows_its_number_at_once(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        hidden = await opened(of)
        sent = {"text": "酸奶过期", "email": "li@example.com", "store": "人民路店", "consent": "sensitive"}
        answer = await of.client.post("/complaints", data=hidden | sent, headers=BROWSER)

    [complaint] = of.complaints()
    assert answer.status_code == 202
    assert complaint.tracking_number in answer.text
    assert answer.headers["location"].endswith(complaint.tracking_number)
    assert "2026年11月23日 16:00" in answer.text
    assert complaint.entry == "form"
    assert complaint.stated.store == "人民路店"
    assert complaint.privacy.consents == ("sensitive",)
    assert complaint.privacy.notice_version is not None


async def test_a_program_gets_json(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        answer = await of.client.post("/complaints", data={"text": "酸奶过期"})

    assert answer.status_code == 202
    assert set(answer.json()) == {"complaint_id", "tracking_number", "status_url"}


async def test_a_form_sent_twice_is_one_complaint(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        form = await opened(of) | {"text": "酸奶过期"}
        first, again = [(await of.client.post("/complaints", data=form)).json() for _ in range(2)]

    assert first == again


@pytest.mark.parametrize("with_nonce", [True, False])
async def test_200_visitors_with_the_same_words_are_200_complaints(tmp_path: Path, with_nonce: bool) -> None:
    numbers = set()
    async with gateway(tmp_path) as of:
        for _ in range(200):
            hidden = await opened(of) if with_nonce else {}
            answer = await of.client.post("/complaints", data=hidden | {"text": "停电了"})
            numbers.add(answer.json()["tracking_number"])

    assert len(numbers) == 200
    assert len({one.complaint_id for one in of.complaints()}) == 200


async def test_an_edited_form_sent_again_is_another_complaint_of_the_same_source(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        hidden = await opened(of)
        for text in ("酸奶过期", "酸奶过期两天"):
            await of.client.post("/complaints", data=hidden | {"text": text})

    first, second = of.complaints()
    assert first.complaint_id != second.complaint_id
    assert first.source_id == second.source_id


async def test_a_wrong_field_keeps_what_was_typed_and_says_what_is_wrong(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        form = await opened(of) | {"text": "酸奶<b>过期", "email": "wrong", "name": "张三", "category": "quality"}
        answer = await of.client.post(
            "/complaints", data=form, files={"files": ("a.png", b"x", "image/png")}, headers=BROWSER
        )

    assert answer.status_code == 422
    assert "酸奶<b>过期" in unescape(answer.text)
    assert "<b>" not in answer.text
    assert 'value="张三"' in answer.text
    assert '<option value="quality" selected>' in answer.text
    assert texts()["error.email.invalid"]["zh-CN"] in answer.text
    assert texts()["notice.files"]["zh-CN"] in answer.text
    assert of.log.messages == []


@pytest.mark.parametrize("forged", [False, True])
async def test_an_old_or_forged_form_comes_back_with_everything_typed(tmp_path: Path, forged: bool) -> None:
    async with gateway(tmp_path) as of:
        form = await opened(of, "/?lang=en") | {"text": "expired yogurt", "lang": "en"}
        if forged:
            form["token"] = "forged"
        of.now += timedelta(hours=13)
        answer = await of.client.post("/complaints", data=form, headers=BROWSER)
        again = await of.client.post("/complaints", data=form | {"token": token(answer.text)}, headers=BROWSER)

    assert answer.status_code == 422
    assert "expired yogurt" in answer.text
    assert "Everything you typed is still here" in answer.text
    assert again.status_code == 202


async def test_when_nothing_can_be_stored_the_form_is_still_there(tmp_path: Path) -> None:
    async with gateway(tmp_path, max_spool_bytes=10) as of:
        of.log.away = True
        answer = await of.client.post("/complaints", data={"text": "酸奶过期"}, headers=BROWSER)

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "酸奶过期" in answer.text
    assert texts()["problem.again"]["zh-CN"] in answer.text


async def test_a_form_too_large_is_answered_with_a_page(tmp_path: Path) -> None:
    async with gateway(tmp_path, GatewaySettings(max_body_bytes=1_000)) as of:
        answer = await of.client.post("/complaints", data={"text": "x" * 1_100}, headers=BROWSER)

    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_qr_code_fills_in_the_place(tmp_path: Path) -> None:
    code = place_code(TOKEN_KEYS, {"store": "人民路店", "counter": "3 号收银台"})
    async with gateway(tmp_path) as of:
        page = await of.client.get(f"/q/{code}")
        form = await opened(of, f"/q/{code}") | {"text": "排队太久", "store": "人民路店"}
        await of.client.post("/complaints", data=form)

    assert 'value="人民路店"' in page.text
    [complaint] = of.complaints()
    assert complaint.entry == "qr"
    assert complaint.stated.counter == "3 号收银台"


async def test_a_forged_qr_code_opens_the_plain_form(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        answer = await of.client.get("/q/forged")

    assert answer.status_code == 200
    assert texts()["notice.code"]["zh-CN"] in answer.text


async def test_the_page_of_a_number_never_says_whether_it_exists(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        real = (await of.client.post("/complaints", data={"text": "酸奶过期"})).json()["tracking_number"]
        known, unknown = await of.client.get(f"/track/{real}"), await of.client.get("/track/etnv x5sq jgol g")

    assert known.status_code == unknown.status_code == 200
    assert NUMBER.sub("", known.text) == NUMBER.sub("", unknown.text)
    assert "ETNV-X5SQ-JG01-G" in unknown.text


async def test_a_number_that_cannot_be_one_says_so(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        answer = await of.client.get("/track/ETNV-X5SQ-JG01-H")

    assert answer.status_code == 404
    assert texts()["track.wrong.title"]["zh-CN"] in answer.text


async def test_a_tab_restored_after_sending_goes_back_to_the_form(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        answer = await of.client.get("/complaints")

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("path", ["/", "/?lang=en", "/track/ETNV-X5SQ-JG01-G"])
async def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline(tmp_path: Path, path: str) -> None:
    async with gateway(tmp_path) as of:
        page = (await of.client.get(path)).text

    assert not re.search(r'(src|href)="(?!/|#)', page)
    assert not re.search(r"<script(?! src=)|<style| style=| on\w+=", page)


async def test_every_input_has_a_label(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        page = (await of.client.get("/")).text

    ids = re.findall(r'<(?:input|textarea|select) id="(\w+)"', page)
    assert len(ids) > 8
    assert set(ids) == set(re.findall(r'<label for="(\w+)"', page))


def test_every_text_exists_in_every_language() -> None:
    for key, languages in texts().items():
        assert set(languages) == set(LANGUAGES), key
        assert all(languages.values()), key
        places = {lang: sorted(re.findall(r"{\w+}", words)) for lang, words in languages.items()}
        assert len({tuple(found) for found in places.values()}) == 1, key


def test_an_unknown_language_is_the_default() -> None:
    assert chosen("fr") == chosen(None) == "zh-CN"


@pytest.mark.parametrize(
    ("asked", "given"), [("zh-Hant", "zh-TW"), ("zh-HK", "zh-TW"), ("ZH-tw", "zh-TW"), ("en-GB", "en"), ("zh", "zh-CN")]
)
def test_a_language_is_known_by_its_script_and_region(asked: str, given: str) -> None:
    assert chosen(asked) == given


async def test_an_address_there_is_not_shows_people_a_page_and_programs_a_problem(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        person = await of.client.get("/nowhere", headers=BROWSER)
        english = await of.client.get("/nowhere?lang=en", headers=BROWSER)
        program = await of.client.get("/nowhere")

    assert (person.status_code, english.status_code, program.status_code) == (404, 404, 404)
    assert "没有这个页面" in person.text
    assert "There is no such page" in english.text
    assert program.headers["content-type"] == "application/problem+json"
