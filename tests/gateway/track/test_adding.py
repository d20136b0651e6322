"""What is sent from an opened page: it becomes a follow-up with its own number, an opinion a signal, nothing twice."""

from typing import Any

import httpx
import pytest

from schemas.settings import GatewaySettings, TrackSettings
from schemas.signals import Signal
from schemas.tokens import verify_case
from schemas.topics import SIGNALS
from tests.gateway.http import TOKEN_KEYS
from tests.gateway.track.conftest import FORM, Desk, Known, Open, hidden

pytestmark = pytest.mark.services
PHOTO = ("files", ("收据.jpg", b"\xff\xd8\xff photo", "image/jpeg"))


async def send(desk: Desk, known: Known, what: str, files: Any = None, **fields: str) -> httpx.Response:
    """Send a form of the opened page."""
    page = await desk.of.client.get(f"/track/{known.number}")
    return await desk.of.client.post(f"/track/{known.number}/{what}", data=hidden(page.text) | fields, files=files)


async def answered(desk: Desk) -> Known:
    """A complaint with an answer, its page opened."""
    known = await desk.routed(await desk.joined(await desk.arrived()))
    await desk.state(known, "answered")
    await desk.opened(known)
    return known


def signals(desk: Desk) -> list[Signal]:
    """What reached `complaints.signals.v1`."""
    return [Signal.model_validate_json(one.value) for one in desk.of.log.on(SIGNALS.name)]


async def test_words_and_a_photo_become_a_complaint_that_the_token_proves_to_belong_to_the_case(
    open_desk: Open,
) -> None:
    async with open_desk() as desk:
        known = await desk.joined(await desk.arrived())
        await desk.opened(known)
        page = await send(desk, known, "add", files=[PHOTO], text="批号在照片上")

    [added] = desk.of.complaints()
    assert page.status_code == 202
    assert added.tracking_number in page.text
    assert added.tracking_number != known.number
    assert (added.text, added.entry, added.sender) == ("批号在照片上", "track", None)
    assert added.thread.token is not None
    assert verify_case(TOKEN_KEYS, added.thread.token) == known.number
    assert [one.name for one in added.attachments] == ["收据.jpg"]


async def test_a_photo_alone_is_enough_and_nothing_at_all_is_not(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.joined(await desk.arrived())
        await desk.opened(known)
        nothing = await send(desk, known, "add", text="  ")
        photo = await send(desk, known, "add", files=[PHOTO], text="")

    assert nothing.status_code == 422
    assert "请填写内容或选择照片" in nothing.text
    assert photo.status_code == 202
    assert len(desk.of.complaints()) == 1


async def test_a_form_sent_twice_is_one_message_and_a_second_form_another(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.joined(await desk.arrived())
        page = await desk.opened(known)
        form = hidden(page.text) | {"text": "还没有退款"}
        twice = [await desk.of.client.post(f"/track/{known.number}/add", data=form) for _ in range(2)]
        await send(desk, known, "add", text="还没有退款")

    assert twice[0].text == twice[1].text
    assert len({one.complaint_id for one in desk.of.complaints()}) == 2


@pytest.mark.parametrize("what", ["add", "satisfaction"])
@pytest.mark.parametrize("token", ["none", "made up", "another session's", "another page's"])
async def test_a_form_that_this_page_did_not_make_is_refused_and_gives_back_what_was_typed(
    open_desk: Open, what: str, token: str
) -> None:
    async with open_desk() as desk:
        known, other = await answered(desk), await desk.joined(await desk.arrived())
        former = hidden((await desk.of.client.get(f"/track/{known.number}")).text)["token"]
        tokens = {"none": "", "made up": "k1.0.eA.x", "another session's": former}
        tokens["another page's"] = hidden((await desk.opened(other)).text)["token"]
        await desk.opened(known)
        sent = FORM | {"token": tokens[token], "text": "我的<b>话</b>", "satisfied": "no"}
        answer = await desk.of.client.post(f"/track/{known.number}/{what}", data=sent)

    assert answer.status_code == 403
    assert "我的&lt;b&gt;话&lt;/b&gt;" in answer.text
    assert not desk.of.log.messages


async def test_without_an_opened_page_nothing_can_be_added(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.joined(await desk.arrived())
        form = hidden((await desk.opened(known)).text) | {"text": "x"}
        desk.of.client.cookies.clear()
        answer = await desk.of.client.post(f"/track/{known.number}/add", data=form)

    assert answer.status_code == 403
    assert not desk.of.log.messages


async def test_another_site_can_add_nothing_even_with_the_cookie(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await answered(desk)
        form = hidden((await desk.of.client.get(f"/track/{known.number}")).text) | {"text": "x", "satisfied": "no"}
        answers = [
            await desk.of.client.post(
                f"/track/{known.number}/{what}", data=form, headers={"sec-fetch-site": "cross-site"}
            )
            for what in ("add", "satisfaction")
        ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert not desk.of.log.messages


async def test_too_long_too_large_and_too_often_are_said_on_a_page(open_desk: Open) -> None:
    settings = GatewaySettings(max_text_chars=100, max_body_bytes=100_000)
    async with open_desk(settings=settings, track=TrackSettings(messages_per_hour=1)) as desk:
        desk.of.parts.web = type(desk.of.parts.web)(desk.of.parts.web._numbering, b"k" * 32, max_text_chars=100)
        known = await desk.joined(await desk.arrived())
        await desk.opened(known)
        large = await send(desk, known, "add", files=[("files", ("a.jpg", b"x" * 200_000, "image/jpeg"))], text="x")
        long = await send(desk, known, "add", text="长" * 101)
        often = await send(desk, known, "add", text="又一条")

    assert [answer.status_code for answer in (large, long, often)] == [413, 422, 429]
    assert all("<h1" in answer.text for answer in (large, long, often))
    assert "长" * 101 in long.text
    assert int(often.headers["retry-after"]) > 0


async def test_an_outage_of_both_stores_keeps_what_was_typed_on_the_page(open_desk: Open) -> None:
    async with open_desk(max_spool_bytes=1) as desk:
        known = await desk.joined(await desk.arrived())
        await desk.opened(known)
        desk.of.log.away = True
        answer = await send(desk, known, "add", text="请看照片")

    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "请看照片</textarea>" in answer.text


async def test_an_opinion_is_a_signal_about_this_complaint_and_may_change(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await answered(desk)
        first = await send(desk, known, "satisfaction", satisfied="no", score="2")
        second = await send(desk, known, "satisfaction", satisfied="yes", score="5")

    told = [(one.kind, one.complaint_id, one.satisfied, one.score) for one in signals(desk)]
    assert [first.status_code, second.status_code] == [200, 200]
    assert told == [
        ("satisfaction", known.complaint_id, False, 2),
        ("satisfaction", known.complaint_id, True, 5),
    ]
    assert len({one.signal_id for one in signals(desk)}) == 2
    assert not desk.of.complaints()


async def test_an_opinion_sent_twice_is_one_signal(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await answered(desk)
        form = hidden((await desk.of.client.get(f"/track/{known.number}")).text) | {"satisfied": "no"}
        for _ in range(2):
            await desk.of.client.post(f"/track/{known.number}/satisfaction", data=form)

    assert len({one.signal_id for one in signals(desk)}) == 1


async def test_a_comment_goes_to_the_department_as_a_follow_up(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await answered(desk)
        await send(desk, known, "satisfaction", satisfied="no", text="还是坏的")

    [comment] = desk.of.complaints()
    assert comment.text == "还是坏的"
    assert comment.thread.token is not None
    assert "还是坏的" not in signals(desk)[0].to_json().decode()


@pytest.mark.parametrize("fields", [{}, {"satisfied": "maybe"}, {"score": "6"}, {"score": "-1"}])
async def test_no_answer_is_no_signal(open_desk: Open, fields: dict[str, str]) -> None:
    async with open_desk() as desk:
        known = await answered(desk)
        page = await send(desk, known, "satisfaction", **fields)

    assert page.status_code == 422
    assert signals(desk) == []


async def test_only_an_answer_can_be_judged_and_only_by_who_may_know_of_it(open_desk: Open) -> None:
    async with open_desk() as desk:
        early = await desk.routed(await desk.joined(await desk.arrived()))
        opener = await answered(desk)
        arrived = await desk.arrived()
        stranger = Known(arrived.complaint_id, opener.case_id, arrived.number)
        await desk.joined(stranger, 2, verdict="duplicate")
        pages = []
        for known in (early, stranger):
            await desk.opened(known)
            pages.append(await send(desk, known, "satisfaction", satisfied="no"))

    assert [page.status_code for page in pages] == [422, 422]
    assert signals(desk) == []
