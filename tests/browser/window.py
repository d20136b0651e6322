"""A Chromium that watches itself: console errors, requests to other hosts, accessibility, width of pages."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium: apt-get install chromium fonts-noto-cjk"
)
SIZES = {"phone": (360, 740), "desk": (1440, 900)}
"""CSS pixels."""
_SERIOUS = {"serious", "critical"}


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Window:
    """One window on one site; `faults` are what no page of ours may do."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self._base = base
        self.faults: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self._asked)

    def open(self, path: str) -> "Window":
        """Go to a page of the site."""
        self.page.goto(self._base + path)
        return self

    def violations(self) -> list[str]:
        """Serious and critical findings of axe-core on the page as it is."""
        found: list[dict[str, Any]] = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']}: {node['html'][:120]}" for one in found if one["impact"] in _SERIOUS for node in one["nodes"]
        ]

    def too_wide(self) -> bool:
        """Whether the page is wider than its window."""
        wide: bool = self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
        )
        return wide

    def picture(self, file: Path, *, whole: bool = True) -> None:
        """Keep what is seen."""
        self.page.screenshot(path=file, full_page=whole)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).scheme in {"http", "https"} and not request.url.startswith(self._base + "/"):
            self.faults.append(f"another host: {urlsplit(request.url).netloc}")


@contextmanager
def window(browser: Browser, base: str, *, size: str = "desk", lang: str = "zh-CN", **more: Any) -> Iterator[Window]:
    """A window with cookies of its own; it fails the test when a page did what none may do."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, locale=lang, **more)
    try:
        opened = Window(context, base)
        yield opened
        assert opened.faults == []
    finally:
        context.close()
