"""The working pages in a real browser: they fit, readers and keyboards can use them, no script error, no other host."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from gateway.staff.roles import Role
from tests.browser.running import sign_in
from tests.browser.window import chromium, needs_chromium, window
from tests.gateway.staff.conftest import PASSWORD
from tests.listening import listening
from tests.operations.desk.conftest import Office
from tests.operations.desk.test_links_and_reply import known
from tests.operations.desk.test_outbox_and_stages import message
from tests.operations.desk.test_piles import fail, suspend
from tests.operations.desk.test_tasks import open_review, open_task
from workers.runtime import stops
from workers.runtime.stops import Stop

pytestmark = [pytest.mark.services, needs_chromium]


@asynccontextmanager
async def served(office: Office) -> AsyncIterator[str]:
    """The gateway on a port of this machine."""
    async with listening(office.app) as url:
        office.of.parts.public_url = url
        yield url


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
@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desk", "light")])
async def test_every_page_fits_and_nothing_serious_is_wrong_for_readers(
    office: Office, size: str, scheme: str, lang: str
) -> None:
    pages = await filled(office)
    await office.account("chen", Role.SUPERVISOR)
    found = []
    async with (
        served(office) as url,
        chromium() as browser,
        window(browser, url, size=size, color_scheme=scheme) as one,
    ):
        await sign_in(one, "chen", PASSWORD, "/ops/tasks", lang)
        for name, path in pages.items():
            status = await one.open(f"{path}?lang={lang}")
            await one.keep(f"desk-{name}-{size}-{lang}")
            found += [(name, wrong) for wrong in await one.wrong()]
            found += [(name, f"answers {status}")] * (status != 200)

    assert found == []


async def test_an_item_is_replayed_with_the_keyboard_alone_and_without_scripts(office: Office) -> None:
    await suspend(office, '{"text": "牛奶过期了"}'.encode())
    await office.account("chen", Role.SUPERVISOR)
    async with (
        served(office) as url,
        chromium() as browser,
        window(browser, url, java_script_enabled=False) as one,
    ):
        page = one.page
        await one.open("/staff/sign-in?next=/ops/suspended")
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
