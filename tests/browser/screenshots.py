"""Takes the pictures of the documentation from a running demo: `make screenshots`."""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser

from tests.browser.pages_of import search
from tests.browser.photo import png
from tests.browser.reporting import department_of
from tests.browser.running import FORM_TEXT, Demo, demo, file_complaint, open_link, sign_in
from tests.browser.window import CHROMIUM, Window, chromium, window
from tests.waiting import until

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
MAX_BYTES = 200 * 1024
_LANGUAGES = ("zh-CN", "en")
_TEXTS = {
    "zh-CN": FORM_TEXT,
    "en": (
        "The yoghurt I bought in your Renmin Road store on 20 November had expired three days before; "
        "my child has stomach ache. I want my money back."
    ),
}
_ANSWERS = {
    "zh-CN": "已为您办理退款，三个工作日内到账。",
    "en": "We have refunded it; the money arrives within three working days.",
}
_HIGH = {"form": 1060, "received": 760, "track": 1240, "ops": 1000, "complaint": 1200, "tasks": 900, "search": 860}
"""CSS pixels of a picture's height; what is below is not shown."""


async def keep(one: Window, name: str, lang: str) -> None:
    """Take a picture of the page as it is, of its upper part where the whole would be too many bytes."""
    for height in range(_HIGH.get(name, 1000), 400, -60):
        await one.page.set_viewport_size({"width": 1280, "height": height})
        taken = await one.page.screenshot(animations="disabled")
        if len(taken) <= MAX_BYTES:
            break
    (PICTURES / f"{name}-{lang}.png").write_bytes(taken)
    print(f"{name}-{lang}.png: 1280 x {height}, {len(taken) // 1024} KiB", flush=True)


async def of_the_customer(one: Window, shop: Demo, lang: str, photo: Path) -> str:
    """The form, the number and the customer's page after the department has answered; gives the number."""
    page = one.page
    await one.open(f"/?lang={lang}")
    await page.fill("[name=text]", _TEXTS[lang])
    await keep(one, "form", lang)
    number = await file_complaint(one, _TEXTS[lang], lang, photo, email=f"lin.{lang.lower()}@customers.example")
    await keep(one, "received", lang)
    await open_link(one)
    await until(lambda: shop.happened(number, "routed"), 120, 3)
    department = await department_of(shop, number, "quality")
    for status, text in (("accepted", None), ("answered", _ANSWERS[lang])):
        department.reports(status, text)

    async def is_answered() -> int:
        await page.reload()
        return await page.locator("section.asked .quote").count()

    await until(is_answered, 120, 3)
    await keep(one, "track", lang)
    return number


async def of_the_staff(one: Window, shop: Demo, lang: str, number: str) -> None:
    """What operators see, and the page for departments."""
    page = one.page
    await sign_in(one, "admin", shop.password, "/ops", lang)
    await page.locator("tr:has(a[href*='stage%3Aclassify']) .state", has_text="OK").wait_for(timeout=120_000)
    await keep(one, "ops", lang)
    for name, path in {"complaint": f"/ops/complaints/{number}", "tasks": "/ops/tasks"}.items():
        await one.open(f"{path}?lang={lang}")
        await keep(one, name, lang)
    await search(one, lang, "退款")
    await keep(one, "search", lang)
    await one.open(f"/docs/departments?lang={lang}")
    await keep(one, "departments", lang)


async def of_the_pipeline(browser: Browser, lang: str) -> None:
    """The way of a complaint, drawn in `pipeline.html`."""
    page = await browser.new_page(viewport={"width": 1280, "height": 600})
    await page.goto((PICTURES / "pipeline.html").as_uri())
    await page.evaluate("lang => { document.documentElement.lang = lang }", lang)
    await page.locator("main").screenshot(path=PICTURES / f"pipeline-{lang}.png")
    await page.close()


async def take(shop: Demo, photo: Path) -> None:
    """All of them."""
    async with chromium() as browser:
        for lang in _LANGUAGES:
            await of_the_pipeline(browser, lang)
            async with window(browser, shop.url, size="picture", lang=lang, color_scheme="light") as one:
                number = await of_the_customer(one, shop, lang, photo)
                await of_the_staff(one, shop, lang, number)


def main() -> None:
    """Start a demo in a folder of its own, fill it, take the pictures, stop it."""
    if CHROMIUM is None:
        sys.exit("there is no Chromium: apt-get install chromium fonts-noto-cjk")
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.png"
        photo.write_bytes(png())
        with demo(Path(folder) / "demo") as shop:
            asyncio.run(take(shop, photo))


if __name__ == "__main__":
    main()
