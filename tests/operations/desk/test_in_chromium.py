"""The working pages in a real browser: they fit, readers and keyboards can use them, no script error, no other host."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe

from gateway.staff.roles import Role
from tests.gateway.staff.conftest import PASSWORD
from tests.gateway.track.test_in_chromium import CHROMIUM, chromium, page_of, shot
from tests.operations.desk.conftest import Office
from tests.operations.desk.test_links_and_reply import known
from tests.operations.desk.test_outbox_and_stages import message
from tests.operations.desk.test_piles import fail, suspend
from tests.operations.desk.test_tasks import open_review, open_task
from tests.waiting import until
from workers.runtime import stops
from workers.runtime.stops import Stop

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@asynccontextmanager
async def served(office: Office) -> AsyncIterator[str]:
    """The gateway on a port of this machine."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        office.of.parts.public_url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(office.app, log_level="error", lifespan="off"))
        task = asyncio.create_task(server.serve([bound]))
        await until(lambda: server.started)
        try:
            yield office.of.parts.public_url
        finally:
            server.should_exit = True
            await task


async def filled(office: Office) -> dict[str, str]:
    """Something of everything; the name of each page and its address."""
    item = await suspend(office, ('{"text": "牛奶过期了 ' + "x" * 300 + '"}').encode())
    letter = await fail(office, b'{"text": "poison"}')
    task = await open_task(office, "call-back")
    await open_task(office, "safety-alarm")
    await open_review(office)
    outbox: UUID = await message(office, "unknown", "TS-unknown")
    earlier, _ = await known(office)
    linked, number = await known(office, verdict="suspected", of=earlier)
    await stops.store(
        office.engine, Stop(office.settings.kafka.naming.group("classify"), "flood", "20 of 200", 20, 200)
    )
    return {
        "suspended": "/ops/suspended",
        "suspended-one": f"/ops/suspended/{item.suspended_id}",
        "letters": "/ops/dead-letters",
        "letter": f"/ops/dead-letters/{letter.dead_letter_id}",
        "tasks": "/ops/tasks",
        "task": f"/ops/tasks/{task}",
        "outbox": "/ops/outbox",
        "message": f"/ops/outbox/{outbox}",
        "stages": "/ops/stages",
        "reviews": "/ops/review",
        "links": "/ops/links",
        "link": f"/ops/links/{linked}",
        "reply": f"/ops/complaints/{number}/reply",
    }


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize(("width", "dark"), [(360, True), (1440, False)])
async def test_every_page_fits_and_nothing_serious_is_wrong_for_readers(
    office: Office, width: int, dark: bool, lang: str
) -> None:
    pages = await filled(office)
    await office.account("chen", Role.SUPERVISOR)
    found = []
    async with served(office) as url, chromium() as browser:
        page, wrong = await page_of(browser, width, dark=dark)
        await page.goto(f"{url}/staff/sign-in?lang={lang}")
        await page.fill("#name", "chen")
        await page.fill("#password", PASSWORD)
        await page.click("main button[type=submit]")
        for name, path in pages.items():
            answer = await page.goto(f"{url}{path}?lang={lang}")
            await shot(page, f"desk-{name}-{width}-{lang}")
            results = await Axe().run(page)
            serious = [one for one in results.response["violations"] if one["impact"] in {"serious", "critical"}]
            found += [(name, one["id"], one["nodes"][0]["html"][:200]) for one in serious]
            found += [(name, "overflow", "")] * await page.evaluate(
                "document.documentElement.scrollWidth > window.innerWidth"
            )
            found += [(name, "status", str(answer.status if answer else None))] * (not answer or answer.status != 200)

    assert found == []
    assert wrong == []


async def test_an_item_is_replayed_with_the_keyboard_alone_and_without_scripts(office: Office) -> None:
    await suspend(office, '{"text": "牛奶过期了"}'.encode())
    await office.account("chen", Role.SUPERVISOR)
    async with served(office) as url, chromium() as browser:
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(f"{url}/staff/sign-in?next=/ops/suspended")
        await page.fill("#name", "chen")
        await page.fill("#password", PASSWORD)
        await page.press("#password", "Enter")
        await page.focus("input[type=checkbox]")
        await page.keyboard.press("Space")
        await page.focus("form[action$='/act'] .desk-acts button[value=replay]")
        await page.keyboard.press("Enter")
        await page.focus("main form button[type=submit]")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("text=1 件中完成 1 件")
        rows = await page.locator("tbody .good").count()

    assert rows == 1
