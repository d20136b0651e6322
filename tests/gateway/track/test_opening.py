"""Who gets in: with the key, a code or four digits; and that nobody learns whether a number exists."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from schemas.identity import tracking_number
from schemas.messages import Message
from schemas.settings import TrackSettings
from schemas.tokens import TokenKeys, track_key
from schemas.topics import MESSAGES
from tests.gateway.http import TOKEN_KEYS
from tests.gateway.parts import NOW
from tests.gateway.track.conftest import FORM, Open, hidden

pytestmark = pytest.mark.services
NOBODYS = tracking_number(b"k" * 32, UUID(int=7))


def plain(page: str) -> str:
    """A page without numbers and tokens."""
    return re.sub(r'[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]|name="challenge" value="[^"]*"', "", page)


async def test_the_key_opens_the_page_and_nothing_of_it_is_in_an_address(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.joined(await desk.arrived())
        page = await desk.opened(known)

    assert page.status_code == 200
    assert "正在阅读" in page.text
    assert known.key not in str(page.url)


async def test_the_cookie_is_for_this_complaint_this_site_and_half_an_hour(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.arrived()
        answer = await desk.of.client.post(f"/track/{known.number}/open", data={"k": known.key})
        cookie = answer.headers["set-cookie"]
        desk.of.now = NOW + timedelta(minutes=31)
        later = await desk.of.client.get(f"/track/{known.number}")

    assert cookie.startswith("__Host-track_")
    assert all(flag in cookie for flag in ("HttpOnly", "Secure", "SameSite=strict", "Path=/", "Max-Age=1800"))
    assert known.number not in cookie
    assert "发送验证码" in later.text


async def test_an_opened_page_opens_no_other_and_two_may_be_open(open_desk: Open) -> None:
    async with open_desk() as desk:
        one, other, third = [await desk.joined(await desk.arrived()) for _ in range(3)]
        await desk.opened(one)
        await desk.opened(other)
        pages = [await desk.of.client.get(f"/track/{each.number}") for each in (one, other, third)]

    assert ["发送验证码" in page.text for page in pages] == [False, False, True]


async def test_a_cookie_of_one_page_renamed_for_another_opens_nothing(open_desk: Open) -> None:
    async with open_desk() as desk:
        mine, theirs = [await desk.joined(await desk.arrived()) for _ in range(2)]
        await desk.opened(mine)
        value = next(iter(desk.of.client.cookies.jar)).value
        await desk.opened(theirs)
        names = [cookie.name for cookie in desk.of.client.cookies.jar]
        desk.of.client.cookies.clear()
        forged = "; ".join(f"{name}={value}" for name in names)
        page = await desk.of.client.get(f"/track/{theirs.number}", headers={"cookie": forged})

    assert "发送验证码" in page.text


@pytest.mark.parametrize("kind", ["another's", "made up", "removed", "empty"])
async def test_a_wrong_key_is_refused_alike_for_numbers_that_exist_and_not(open_desk: Open, kind: str) -> None:
    async with open_desk() as desk:
        known, other = await desk.arrived(), await desk.arrived()
        removed = TokenKeys("k0", {"k0": b"removed key of the tests, 32 byt"})
        key = {
            "another's": other.key, "made up": "A" * 24, "removed": track_key(removed, known.number), "empty": ""
        }[kind]  # fmt: skip
        asked = desk.statements()
        answers = [
            await desk.of.client.post(f"/track/{each}/open", data={"k": key}) for each in (known.number, NOBODYS)
        ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert plain(answers[0].text) == plain(answers[1].text)
    assert not any("set-cookie" in answer.headers for answer in answers)
    assert asked == []


async def test_a_code_goes_to_the_complaints_own_contact_and_opens_once(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.joined(await desk.arrived())
        challenge, code = await desk.code(known.number)
        message = Message.model_validate_json(desk.of.log.on(MESSAGES.name)[-1].value)
        form = {"challenge": challenge, "code": f" {code[:3]} {code[3:]}"}
        first = await desk.of.client.post(f"/track/{known.number}/code/check", data=form)
        desk.of.client.cookies.clear()
        again = await desk.of.client.post(f"/track/{known.number}/code/check", data=form)

    assert (message.complaint_id, message.case_id, message.kind) == (known.complaint_id, known.case_id, "code")
    assert message.expires_at == NOW + timedelta(minutes=10)
    assert first.status_code == 303
    assert "set-cookie" in first.headers
    assert again.status_code == 403


async def test_asking_for_a_code_costs_and_says_the_same_for_every_number(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.joined(await desk.arrived())
        by_authority = await desk.arrived(by_authority=True)
        asked = desk.statements()
        answers, work = [], []
        for number in (known.number, NOBODYS, by_authority.number):
            asked.clear()
            answers.append(await desk.of.client.post(f"/track/{number}/code", data=FORM))
            work.append(list(asked))
        sent = desk.of.log.on(MESSAGES.name)

    assert {answer.status_code for answer in answers} == {200}
    assert len({plain(answer.text) for answer in answers}) == 1
    assert work[0] == work[1] == work[2]
    assert len(sent) == 1


async def test_wrong_codes_cost_and_say_the_same_and_end_after_five_tries(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.joined(await desk.arrived())
        challenge, code = await desk.code(known.number)
        nobodys = hidden((await desk.of.client.post(f"/track/{NOBODYS}/code", data=FORM)).text)["challenge"]
        wrong = "000000" if code != "000000" else "111111"
        asked = desk.statements()
        work, texts = [], set()
        for number, token in [(known.number, challenge), (NOBODYS, nobodys)] * 5:
            asked.clear()
            answer = await desk.of.client.post(f"/track/{number}/code/check", data={"challenge": token, "code": wrong})
            work.append(list(asked))
            texts.add((answer.status_code, plain(answer.text)))
        right = await desk.of.client.post(
            f"/track/{known.number}/code/check", data={"challenge": challenge, "code": code}
        )

    assert all(each == work[0] for each in work)
    assert len(texts) == 1
    assert right.status_code == 403


async def test_a_code_is_of_no_use_for_another_number_another_browser_or_later(open_desk: Open) -> None:
    async with open_desk() as desk:
        known, other = [await desk.joined(await desk.arrived()) for _ in range(2)]
        challenge, code = await desk.code(known.number)
        others = hidden((await desk.of.client.post(f"/track/{known.number}/code", data=FORM)).text)["challenge"]
        answers = [
            await desk.of.client.post(f"/track/{number}/code/check", data={"challenge": token, "code": code})
            for number, token in ((other.number, challenge), (known.number, others), (known.number, ""))
        ]
        desk.of.now = NOW + timedelta(minutes=11)
        late = await desk.of.client.post(
            f"/track/{known.number}/code/check", data={"challenge": challenge, "code": code}
        )

    assert [answer.status_code for answer in (*answers, late)] == [403] * 4


async def test_a_strangers_tries_do_not_lock_the_owner_out(open_desk: Open) -> None:
    async with open_desk(track=TrackSettings(tries_per_caller=10_000)) as desk:
        known = await desk.joined(await desk.arrived())
        challenge, code = await desk.code(known.number)
        for guess in range(60):
            await desk.of.client.post(f"/track/{known.number}/digits", data={"digits": f"{guess:04d}"})
            await desk.of.client.post(f"/track/{known.number}/code", data=FORM)
            await desk.of.client.post(f"/track/{known.number}/open", data={"k": f"{guess:024d}"})
        sent = desk.of.log.on(MESSAGES.name)
        by_code = await desk.of.client.post(
            f"/track/{known.number}/code/check", data={"challenge": challenge, "code": code}
        )
        by_key = await desk.opened(known)

    assert len(sent) == TrackSettings().codes_per_caller
    assert by_code.status_code == 303
    assert by_key.status_code == 200


async def test_four_digits_say_how_far_it_is_and_no_more(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.routed(await desk.joined(await desk.arrived()))
        await desk.told(known, "answered", "退款 50 元")
        await desk.state(known, "answered")
        page = await desk.of.client.post(f"/track/{known.number}/digits", data={"digits": "５６ 78"})
        after = await desk.of.client.get(f"/track/{known.number}")

    assert page.status_code == 200
    assert "已答复" in page.text
    assert not any(word in page.text for word in ("退款", "质量", "quality"))
    assert "set-cookie" not in page.headers
    assert "发送验证码" in after.text


@pytest.mark.parametrize("digits", ["0000", "", "none", "138123456785678", "５６７", "56789"])
async def test_wrong_digits_cost_and_say_the_same_for_every_number(open_desk: Open, digits: str) -> None:
    async with open_desk() as desk:
        known, silent = await desk.joined(await desk.arrived()), await desk.arrived(addresses=[])
        asked = desk.statements()
        work, texts = [], set()
        for number in (known.number, silent.number, NOBODYS):
            asked.clear()
            answer = await desk.of.client.post(f"/track/{number}/digits", data={"digits": digits})
            work.append(list(asked))
            texts.add((answer.status_code, plain(answer.text)))

    assert work[0] == work[1] == work[2]
    assert [status for status, _ in texts] == [403]


async def test_right_digits_after_too_many_tries_are_told_they_are_wrong(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.joined(await desk.arrived())
        for guess in range(TrackSettings().digits_per_caller):
            await desk.of.client.post(f"/track/{known.number}/digits", data={"digits": f"{guess:04d}"})
        wrong, right = [
            await desk.of.client.post(f"/track/{known.number}/digits", data={"digits": digits})
            for digits in ("0000", "5678")
        ]

    assert (right.status_code, right.text) == (wrong.status_code, wrong.text)


@pytest.mark.parametrize("digits", ["5678"])
async def test_sealed_reports_and_referrals_are_like_numbers_nobody_has(open_desk: Open, digits: str) -> None:
    async with open_desk() as desk:
        sealed = await desk.joined(await desk.arrived(), sealed=True)
        referral = await desk.arrived(by_authority=True)
        answers = [
            await desk.of.client.post(f"/track/{each.number}/digits", data={"digits": digits})
            for each in (sealed, referral)
        ]

    assert [answer.status_code for answer in answers] == [403, 403]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_another_site_can_neither_open_nor_ask(open_desk: Open, site: str) -> None:
    async with open_desk() as desk:
        known = await desk.joined(await desk.arrived())
        sent = {"k": known.key, "digits": "5678"}
        headers = {"sec-fetch-site": site, "origin": "https://evil.example"}
        answers = [
            await desk.of.client.post(f"/track/{known.number}/{what}", data=sent, headers=headers)
            for what in ("open", "code", "digits")
        ]
        messages = desk.of.log.on(MESSAGES.name)

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert messages == []


async def test_our_own_pages_post_without_an_origin_and_get_in(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.joined(await desk.arrived())
        headers = {"sec-fetch-site": "same-origin", "origin": "null"}
        answer = await desk.of.client.post(f"/track/{known.number}/open", data={"k": known.key}, headers=headers)

    assert answer.status_code == 303


async def test_no_page_is_kept_or_referred_and_no_log_holds_number_key_or_code(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.joined(await desk.arrived())
        with capture_logs() as logs:
            challenge, code = await desk.code(known.number)
            form = {"challenge": challenge, "code": "wrong"}
            answers = [
                await desk.of.client.post(f"/track/{known.number}/code/check", data=form),
                await desk.opened(known),
                await desk.of.client.get(f"/track/{known.number}"),
                await desk.of.client.post(f"/track/{known.number}/leave", data=FORM),
            ]

    assert all("no-store" in answer.headers["cache-control"] for answer in answers)
    assert all(answer.headers["referrer-policy"] == "no-referrer" for answer in answers)
    assert logs
    assert not any(secret in str(logs) for secret in (known.number, known.key, code))


async def test_leaving_closes_the_page_in_this_browser(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.joined(await desk.arrived())
        await desk.opened(known)
        await desk.of.client.post(f"/track/{known.number}/leave", data=FORM)
        page = await desk.of.client.get(f"/track/{known.number}")

    assert "发送验证码" in page.text


async def test_a_retired_secret_still_opens_what_it_signed(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.joined(await desk.arrived())
        desk.of.parts.token_keys = TokenKeys("k2", {**TOKEN_KEYS.secrets, "k2": b"the newer key of tests, 32 bytes"})
        page = await desk.opened(known)

    assert page.status_code == 200
