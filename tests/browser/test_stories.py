"""What people do: a customer files, looks, adds and answers; an operator reads a mail again that nobody could read."""

from email.message import EmailMessage
from pathlib import Path
from smtplib import SMTP

import pytest

from deploy.local.status import PlatformStatus
from tests.browser.reporting import department_of
from tests.browser.running import FORM_TEXT, Demo, file_complaint, open_link, sign_in
from tests.browser.window import Window, chromium, needs_chromium, window
from tests.waiting import until

pytestmark = [pytest.mark.services, needs_chromium, pytest.mark.timeout(600)]
_DONE_S = 120.0
_ANSWER = "在人民路店冷藏柜买的，批号 20261101，小票还在。"


async def turned(one: Window, heading: str) -> None:
    """Look again until the customer's page says this."""

    async def says_it() -> bool:
        await one.page.reload()
        return await one.page.locator("h1.status").inner_text() == heading

    await until(says_it, _DONE_S, 2)


async def added(one: Window, text: str) -> str:
    """Add a message on the customer's page; gives its own number."""
    await one.page.fill("#text", text)
    await one.page.click("#add button")
    return (await one.page.locator(".number").inner_text()).strip()


async def test_a_customer_files_with_a_photo_follows_the_link_adds_a_message_and_answers(
    shop: Demo, photo: Path
) -> None:
    async with chromium() as browser, window(browser, shop.url, size="phone") as one:
        page = one.page
        number = await file_complaint(one, FORM_TEXT, photo=photo, name="林小红", email="lin@customers.example")
        key = str(await page.locator("a.button").get_attribute("href")).partition("#k=")[2]
        await open_link(one)
        address = page.url
        quality = await department_of(shop, number, "quality")
        quality.reports("accepted")
        await turned(one, "部门已受理")
        quality.reports("need-information", "请告诉我们在哪里买的。")
        await turned(one, "需要您补充信息")
        asked = await page.locator("#add .quote").inner_text()
        more = await added(one, _ANSWER)
        [linked] = await until(lambda: shop.happened(more, "deduplicated"), _DONE_S, 2)
        await page.click("main a[href^='/track/']")
        quality.reports("answered", "已为您办理退款。")
        await turned(one, "已答复")
        await page.check("[name=satisfied][value=yes]")
        await page.check("[name=score][value='5']")
        await page.click("form[action$='/satisfaction'] button")
        thanks = await page.locator("h1").inner_text()
        files = shop.shown(number)["history"][0]["record"]["attachments"]

    assert key
    assert key not in address
    assert asked == "请告诉我们在哪里买的。"
    assert more != number
    assert linked["summary"].startswith("是对已有案件的补充")
    assert thanks == "谢谢您的评价"
    assert [(one["media_type"], one["state"]) for one in files] == [("image/png", "stored")]


def post_an_empty_mail(shop: Demo, subject: str) -> None:
    """A mail without text, subject or file: nobody can read what its sender wants."""
    mailbox = PlatformStatus.model_validate_json(shop.asked("platform", "status", "--json")).mailbox
    assert mailbox is not None
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "lin@customers.example", mailbox.user, subject
    host, _, port = mailbox.smtp.partition(":")
    with SMTP(host, int(port), timeout=30) as smtp:
        smtp.send_message(mail)


async def test_an_operator_reads_a_suspended_mail_again_and_sees_what_came_of_it(shop: Demo) -> None:
    shop.asked("staff", "add", "chen", "--role", "operator", "--password-stdin", typed=shop.password)
    post_an_empty_mail(shop, "<empty-1@customers.example>")

    async with chromium() as browser, window(browser, shop.url) as one:
        page = one.page
        await sign_in(one, "chen", shop.password, "/ops/suspended")
        mails = "/ops/suspended?group=empty&where=email"
        await until(lambda: _listed(one, mails), _DONE_S, 2)
        await page.check("tbody input[type=checkbox]")
        await page.click("button[value=replay] >> nth=-1")
        would = await page.locator("[role=status]").inner_text()
        await page.click("main form button[type=submit]")
        did = await page.locator("[role=status]").inner_text()
        said = await page.locator("tbody tr").first.inner_text()

    assert would != did
    assert "1" in did
    assert "目前的读取程序仍无法读取" in said


async def _listed(one: Window, path: str) -> int:
    await one.open(path)
    return await one.page.locator("tbody input[type=checkbox]").count()
