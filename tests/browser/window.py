"""A Chromium that watches itself: console errors, requests to other hosts, policy of content, accessibility, width."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    async_playwright,
)

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium: apt-get install chromium fonts-noto-cjk"
)
SIZES = {"phone": (360, 740), "desk": (1440, 900), "picture": (1280, 800)}
"""CSS pixels."""
_SERIOUS = {"serious", "critical"}
_WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


class Window:
    """One window on one site; `faults` are what no page of ours may do."""

    def __init__(self, context: BrowserContext, page: Page, base: str) -> None:
        self._base = base
        self.context = context
        self.page = page
        self.faults: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("request", self._asked)
        page.on("response", self._answered)

    async def open(self, path: str) -> int:
        """Go to a page of the site; gives the status of its answer."""
        answer = await self.page.goto(self._base + path)
        return answer.status if answer is not None else 0

    async def wrong(self) -> list[str]:
        """What is wrong with the page as it is: too wide, or serious and critical findings of axe-core."""
        found: list[dict[str, Any]] = (await Axe().run(self.page)).response["violations"]
        serious = [one for one in found if one["impact"] in _SERIOUS]
        said = [f"{one['id']}: {node['html'][:160]}" for one in serious for node in one["nodes"]]
        return said + ["wider than its window"] * await self.page.evaluate(_WIDER)

    async def keep(self, name: str) -> None:
        """Keep a picture where somebody asked for them, for people to look at."""
        if folder := os.environ.get("INTAKE_TEST_SCREENSHOTS"):
            await self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).scheme in {"http", "https"} and not request.url.startswith(self._base + "/"):
            self.faults.append(f"another host: {urlsplit(request.url).netloc}")

    def _answered(self, response: Response) -> None:
        if response.request.resource_type != "document":
            return
        policy = response.headers.get("content-security-policy", "")
        if "default-src 'none'" not in policy or "unsafe" in policy:
            self.faults.append(f"policy of {urlsplit(response.url).path}: {policy or 'none'}")


@asynccontextmanager
async def window(
    browser: Browser, base: str, *, size: str = "desk", lang: str = "zh-CN", **more: Any
) -> AsyncIterator[Window]:
    """A window with cookies of its own; it fails the test when a page did what none may do."""
    width, height = SIZES[size]
    context = await browser.new_context(viewport={"width": width, "height": height}, locale=lang, **more)
    try:
        opened = Window(context, await context.new_page(), base)
        yield opened
        assert opened.faults == []
    finally:
        await context.close()
