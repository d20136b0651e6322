"""The page in a real browser: the link opens it, no script error, no other host, usable by keyboard and reader."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.app import create_app
from tests.browser.window import chromium, needs_chromium, window
from tests.gateway.parts import NOW
from tests.gateway.track.conftest import Desk, Known, Open
from tests.listening import listening
from tests.waiting import until

pytestmark = [pytest.mark.services, needs_chromium]


@asynccontextmanager
async def served(desk: Desk) -> AsyncIterator[str]:
    """The gateway on a port of this machine."""
    async with listening(create_app(desk.of.parts)) as url:
        desk.of.parts.public_url = url
        yield url


async def busy(desk: Desk) -> Known:
    """A complaint with something of everything on its page."""
    known = await desk.routed(await desk.joined(await desk.arrived()))
    await desk.told(known, "accepted")
    await desk.told(known, "need-information", "请拍一下包装上的批号，" * 8)
    await desk.told(known, "answered", "https://example.com/" + "x" * 120)
    await desk.sent(known, "您好，已收到您的反馈。")
    await desk.state(known, "answered", satisfied=False)
    return known


async def test_the_link_of_a_message_opens_the_page_and_its_key_leaves_the_address_bar(open_desk: Open) -> None:
    async with open_desk() as desk, served(desk) as url, chromium() as browser:
        known = await busy(desk)
        async with window(browser, url, size="phone") as one:
            await one.open(f"/track/{known.number}#k={known.key}")
            await one.page.wait_for_selector("h1.status")
            address, visited = one.page.url, await one.page.evaluate("history.length")
            await one.page.fill("#text", "批号 20261101")
            await one.page.click("#add button")
            await one.page.wait_for_selector(".tick")
            await one.keep("track-added")
        [added] = desk.of.complaints()

    assert known.key not in address
    assert visited <= 3
    assert added.text == "批号 20261101"


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("phone", "light"), ("desk", "light")])
async def test_nothing_overflows_and_nothing_serious_is_wrong_for_readers(
    open_desk: Open, size: str, scheme: str, lang: str
) -> None:
    async with open_desk() as desk, served(desk) as url, chromium() as browser:
        known = await busy(desk)
        async with window(browser, url, size=size, color_scheme=scheme) as one:
            await one.open(f"/track/{known.number}?lang={lang}")
            await one.keep(f"track-closed-{size}-{lang}-{scheme}")
            closed = await one.wrong()
            await one.page.goto("about:blank")
            await one.open(f"/track/{known.number}?lang={lang}#k={known.key}")
            await one.page.wait_for_selector("h1.status")
            await one.keep(f"track-open-{size}-{lang}-{scheme}")
            opened = await one.wrong()

    assert closed == []
    assert opened == []


async def test_a_code_opens_the_page_without_scripts_by_keyboard_alone(open_desk: Open) -> None:
    async with open_desk() as desk, served(desk) as url, chromium() as browser:
        known = await busy(desk)
        async with window(browser, url, java_script_enabled=False) as one:
            page = one.page
            await one.open(f"/track/{known.number}")
            await page.focus("form[action$='/code'] button")
            await page.keyboard.press("Enter")
            await page.wait_for_selector("#code")
            code = await until(lambda: desk.last_code())
            await page.focus("#code")
            await page.keyboard.type(code)
            await page.keyboard.press("Enter")
            await page.wait_for_selector("h1.status")
            title = await page.title()

    assert title.startswith("已答复")
    assert desk.of.now == NOW
