"""The search page: for those who may see complaints, masked, on record, harmless whatever customers wrote."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from gateway.staff.roles import Role
from operations.pages.render import texts
from schemas.complaint import Sender, Stated
from schemas.tables.staff import AUDIT_LOG
from tests.gateway.staff.conftest import Desk, hidden
from tests.workers.index.pieces import index, view

pytestmark = pytest.mark.services
PAGE = "/ops/search"
WHO = Sender(name="欧阳明月", phones=("+8613812340001",), emails=("ming@customers.example",))
SCRIPT = "<script>alert(1)</script>"
HOSTILE = f"\"'><img src=x onerror=alert(1)>{SCRIPT}{{{{7*7}}}}"


async def asked(desk: Desk, q: str, **fields: Any) -> str:
    """The page a question gives."""
    answer = await desk.post(PAGE, q=q, **fields)
    assert answer.status_code == 200
    return answer.text


async def test_a_customer_who_calls_is_found_by_the_end_of_his_number_and_shown_masked(desk: Desk) -> None:
    one = view("1", sender=WHO, text="我是欧阳明月，酸奶发霉了")
    await index(desk.engine, one, view("2"))
    await desk.signed_in("op", Role.OPERATOR)

    page = await asked(desk, "0001")

    assert one.tracking_number in page
    assert "酸奶发霉了" in page
    assert "138****0001" in page
    assert not [leak for leak in ("欧阳明月", "13812340001", "ming@") if leak in page]


async def test_what_is_typed_stays_out_of_addresses_and_what_was_seen_goes_on_record(desk: Desk) -> None:
    one = view("1", sender=WHO)
    await index(desk.engine, one)
    account = await desk.signed_in("op", Role.OPERATOR)

    page = await asked(desk, "13812340001")

    assert "?q=" not in page
    newest = AUDIT_LOG.c.entry_id.desc()
    searches = select(AUDIT_LOG).where(AUDIT_LOG.c.action == "complaint.search").order_by(newest)
    row, *_ = await desk.rows(searches)
    assert (row.account_id, row.object_ids, row.purpose) == (account.account_id, [str(one.complaint_id)], "phone")


@pytest.mark.parametrize("role", [Role.CLERK, Role.STORE_MANAGER, Role.REGIONAL_MANAGER, Role.VIEWER, None])
async def test_nobody_else_searches(desk: Desk, role: Role | None) -> None:
    await index(desk.engine, view("1"))
    if role is not None:
        await desk.signed_in("other", role)

    answers = [await desk.of.client.get(PAGE), await desk.of.client.post(PAGE, data={"q": "牛奶"})]

    assert {one.status_code for one in answers} == ({303} if role is None else {403})
    assert not [one for one in answers if "牛奶" in one.text]


async def test_a_question_from_another_site_is_refused(desk: Desk) -> None:
    await desk.signed_in("op", Role.OPERATOR)

    assert (await desk.of.client.post(PAGE, data={"q": "牛奶"})).status_code == 403


@pytest.mark.parametrize(
    ("role", "seen"), [(Role.OPERATOR, False), (Role.ADMIN, False), (Role.REGULATOR_AFFAIRS, True)]
)
async def test_sealed_reports_are_for_regulator_affairs(desk: Desk, role: Role, seen: bool) -> None:
    sealed = view("1", sealed=True)
    await index(desk.engine, sealed)
    await desk.signed_in("who", role)

    for q in (sealed.tracking_number, str(sealed.case_id), ""):
        page = (await desk.post(PAGE, q=q)).text
        assert (f"/ops/complaints/{sealed.tracking_number}" in page) is seen


async def test_nothing_a_customer_writes_becomes_part_of_the_page(desk: Desk) -> None:
    stated = Stated(store=HOSTILE, counter=HOSTILE, product=HOSTILE, order_no=HOSTILE)
    sender = Sender(name=HOSTILE, phones=(HOSTILE,), emails=(f"{HOSTILE}@x.example",))
    hostile = view("1", text=HOSTILE, subject=HOSTILE, sender=sender, stated=stated, channel="web", account=HOSTILE)
    await index(desk.engine, hostile)
    await desk.signed_in("op", Role.OPERATOR)

    for page in (await asked(desk, ""), await asked(desk, HOSTILE, unit=HOSTILE, since=HOSTILE, behind=HOSTILE)):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "49" not in page.split("</form>")[-1].split("<td")[0]


async def test_pages_lead_from_the_newest_to_the_oldest(desk: Desk) -> None:
    await index(desk.engine, *(view(str(n)) for n in range(60)))
    await desk.signed_in("op", Role.OPERATOR)

    first = await asked(desk, "牛奶", behind="")
    second = await asked(desk, "牛奶", behind=hidden(first)["behind"])

    assert (first.count('scope="row"'), second.count('scope="row"')) == (50, 10)
    assert "behind" not in hidden(second)


async def test_filters_that_name_nobody_can_be_linked_to(desk: Desk) -> None:
    await index(desk.engine, view("1", channel="email"), view("2"))
    await desk.signed_in("op", Role.OPERATOR)

    page: httpx.Response = await desk.of.client.get(PAGE, params={"channel": "email", "state": "no-such\x00"})

    assert page.text.count('scope="row"') == 1


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_the_page_speaks_one_language(desk: Desk, lang: str) -> None:
    await index(desk.engine, view("1", text="milk", sender=None))
    await desk.signed_in("op", Role.OPERATOR)

    page = (await desk.of.client.get(PAGE, params={"lang": lang})).text

    assert f'<html lang="{lang}">' in page
    assert texts()["find.title"][lang] in page
    other = "zh-CN" if lang == "en" else "en"
    assert texts()["find.q.help"][other] not in page
