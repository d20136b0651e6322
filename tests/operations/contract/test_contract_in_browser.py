"""The page for department systems in a real browser: for telephones and screen readers, nothing fetched elsewhere."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import async_playwright

from tests.listening import listening
from tests.operations.contract.test_contract_pages import application

pytestmark = pytest.mark.services
CHROMIUM = shutil.which("chromium")


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_the_page_is_for_everybody(tmp_path: Path, lang: str, width: int) -> None:
    said: list[str] = []
    hosts: set[str | None] = set()
    async with application(tmp_path) as app, listening(app) as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = await browser.new_context(viewport={"width": width, "height": 900})
        page = await context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
        await page.goto(f"{url}/docs/departments?lang={lang}")
        for summary in await page.locator("summary").all():
            await summary.click()
        needed = await page.evaluate("document.documentElement.scrollWidth")
        found = (await Axe().run(page)).response["violations"]
        await browser.close()

    assert said == []
    assert hosts == {"127.0.0.1"}
    assert needed == width
    assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
