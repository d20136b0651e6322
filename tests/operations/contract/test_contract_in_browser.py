"""The page for department systems in a real browser: for telephones and screen readers, nothing fetched elsewhere."""

from pathlib import Path

import pytest

from tests.browser.window import chromium, needs_chromium, window
from tests.listening import listening
from tests.operations.contract.test_contract_pages import application

pytestmark = [pytest.mark.services, needs_chromium]


@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_the_page_is_for_everybody(tmp_path: Path, lang: str, size: str) -> None:
    async with (
        application(tmp_path) as app,
        listening(app) as url,
        chromium() as browser,
        window(browser, url, size=size) as one,
    ):
        await one.open(f"/docs/departments?lang={lang}")
        for summary in await one.page.locator("summary").all():
            await summary.click()
        wrong = await one.wrong()

    assert wrong == []
