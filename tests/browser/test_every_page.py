"""Every page in both languages: it fits a telephone and a desk, readers can use it, no error, no other host."""

from pathlib import Path

import pytest

from tests.browser.pages_of import LINKED, PUBLIC, STAFF, search
from tests.browser.running import FORM_TEXT, Demo, file_complaint, open_link, sign_in
from tests.browser.window import SIZES, Window, chromium, needs_chromium, window
from tests.waiting import until

pytestmark = [pytest.mark.services, needs_chromium, pytest.mark.timeout(600)]


class Walk:
    """One person's way through the pages; `found` is what is wrong on them."""

    def __init__(self, one: Window, lang: str) -> None:
        self.one = one
        self.lang = lang
        self.found: list[tuple[str, str]] = []

    async def to(self, name: str, path: str) -> None:
        """Open a page and look at it in each size."""
        mark = "&" if "?" in path else "?"
        status = await self.one.open(f"{path}{mark}lang={self.lang}")
        self.found += [(name, f"answers {status}")] * (status != 200)
        await self.look(name)

    async def look(self, name: str) -> None:
        """What is wrong with the page as it is."""
        for size in ("phone", "desk"):
            width, height = SIZES[size]
            await self.one.page.set_viewport_size({"width": width, "height": height})
            await self.one.keep(f"{name}-{size}-{self.lang}")
            self.found += [(f"{name} {size}", wrong) for wrong in await self.one.wrong()]
        said = await self.one.page.evaluate("document.documentElement.lang")
        self.found += [(name, f"is in {said}")] * (said != self.lang)


async def walked(walk: Walk, shop: Demo, photo: Path) -> None:
    """All of them, as a customer and as an administrator."""
    one = walk.one
    await one.open(f"/?lang={walk.lang}")
    number = await file_complaint(one, FORM_TEXT, walk.lang, photo, phone="13800001234", email="lin@customers.example")
    await walk.look("received")
    await open_link(one)
    await walk.look("track-opened")
    await one.context.clear_cookies()
    known = await until(lambda: shop.happened(number, "acknowledged") and shop.shown(number), 120, 1)
    for name, path in PUBLIC.items():
        await walk.to(name, path.format(number=number))
    await sign_in(one, "admin", shop.password, "/staff", walk.lang)
    for name, path in STAFF.items():
        await walk.to(name, path.format(number=number, case_id=known["case_id"]))
    await search(one, walk.lang, number)
    await walk.look("search-results")
    for name, linked in LINKED.items():
        await one.open(linked.path)
        link = one.page.locator(f"main {linked.link}").first
        await walk.to(name, str(await link.get_attribute("href")))


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_every_page_fits_and_nothing_serious_is_wrong_for_readers(shop: Demo, photo: Path, lang: str) -> None:
    async with chromium() as browser, window(browser, shop.url, lang=lang) as one:
        walk = Walk(one, lang)
        await walked(walk, shop, photo)

    assert walk.found == []
