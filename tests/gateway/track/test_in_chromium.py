"""The page in a real browser: the link opens it, no script error, no other host, usable by keyboard and reader."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from gateway.app import create_app
from tests.gateway.parts import NOW
from tests.gateway.track.conftest import Desk, Known, Open
from tests.waiting import until

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]


@asynccontextmanager
async def served(desk: Desk) -> AsyncIterator[str]:
    """The gateway on a port of this machine."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        desk.of.parts.public_url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(create_app(desk.of.parts), log_level="error", lifespan="off"))
        task = asyncio.create_task(server.serve([bound]))
        await until(lambda: server.started)
        try:
            yield desk.of.parts.public_url
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


async def page_of(browser: Browser, width: int, *, dark: bool = False) -> tuple[Page, list[str]]:
    """A page of this width, and what goes wrong in it or is asked of another host."""
    page = await browser.new_page(
        viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light", locale="zh-CN"
    )
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: wrong.append(asked.url) if "127.0.0.1" not in asked.url else None)
    return page, wrong


async def busy(desk: Desk) -> Known:
    """A complaint with something of everything on its page."""
    known = await desk.routed(await desk.joined(await desk.arrived()))
    await desk.told(known, "accepted")
    await desk.told(known, "need-information", "请拍一下包装上的批号，" * 8)
    await desk.told(known, "answered", "https://example.com/" + "x" * 120)
    await desk.sent(known, "您好，已收到您的反馈。")
    await desk.state(known, "answered", satisfied=False)
    return known


async def shot(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for them."""
    if folder := os.environ.get("INTAKE_TEST_SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


async def test_the_link_of_a_message_opens_the_page_and_its_key_leaves_the_address_bar(open_desk: Open) -> None:
    async with open_desk() as desk, served(desk) as url, chromium() as browser:
        known = await busy(desk)
        page, wrong = await page_of(browser, 360)
        await page.goto(f"{url}/track/{known.number}#k={known.key}")
        await page.wait_for_selector("h1.status")
        address, visited = page.url, await page.evaluate("history.length")
        await page.fill("#text", "批号 20261101")
        await page.click("#add button")
        await page.wait_for_selector(".tick")
        await shot(page, "track-added")
        [added] = desk.of.complaints()

    assert known.key not in address
    assert visited <= 3
    assert added.text == "批号 20261101"
    assert wrong == []


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize(("width", "dark"), [(360, True), (360, False), (1440, False)])
async def test_nothing_overflows_and_nothing_serious_is_wrong_for_readers(
    open_desk: Open, width: int, dark: bool, lang: str
) -> None:
    async with open_desk() as desk, served(desk) as url, chromium() as browser:
        known = await busy(desk)
        page, wrong = await page_of(browser, width, dark=dark)
        found = []
        for name, path in (("closed", ""), ("open", "")):
            await page.goto(f"{url}/track/{known.number}{path}?lang={lang}")
            await shot(page, f"track-{name}-{width}-{lang}{'-dark' if dark else ''}")
            results = await Axe().run(page)
            found += [one["id"] for one in results.response["violations"] if one["impact"] in {"serious", "critical"}]
            found += ["overflow"] * await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
            if name == "closed":
                await page.goto("about:blank")
                await page.goto(f"{url}/track/{known.number}?lang={lang}#k={known.key}")
                await page.wait_for_selector("h1.status")

    assert found == []
    assert wrong == []


async def test_a_code_opens_the_page_without_scripts_by_keyboard_alone(open_desk: Open) -> None:
    async with open_desk() as desk, served(desk) as url, chromium() as browser:
        known = await busy(desk)
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(f"{url}/track/{known.number}")
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
