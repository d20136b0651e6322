"""The form keeps what was typed in the browser until it was received, says so, and runs nothing inline."""

from pathlib import Path

import pytest

from gateway.pages.texts import LANGUAGES, texts
from tests.gateway.http import gateway
from tests.gateway.test_pages import BROWSER, opened


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_form_says_that_the_browser_keeps_it(tmp_path: Path, lang: str) -> None:
    async with gateway(tmp_path) as of:
        page = (await of.client.get(f"/?lang={lang}")).text

    assert texts()["privacy.browser"][lang] in page
    assert '<script src="/static/form.js" defer></script>' in page


async def test_the_confirmation_removes_what_the_form_kept(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        sent = await of.client.post("/complaints", data=await opened(of) | {"text": "酸奶过期"}, headers=BROWSER)
        kept, removed = await of.client.get("/static/form.js"), await of.client.get("/static/received.js")

    assert '<script src="/static/received.js" defer></script>' in sent.text
    assert 'const KEY = "complaint-draft"' in kept.text
    assert 'localStorage.removeItem("complaint-draft")' in removed.text
