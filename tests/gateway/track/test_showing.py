"""What the opened page says: the truth in plain words, of this complaint alone."""

from datetime import timedelta

import pytest

from gateway.pages.texts import LANGUAGES, texts
from tests.gateway.parts import NOW
from tests.gateway.track.conftest import PACK, Known, Open

pytestmark = pytest.mark.services
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{7*7}}"
STAFF_ONLY = ("王检验员", "客户很难缠")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("routed", "已转交负责部门"),
        ("accepted", "部门已受理"),
        ("in-progress", "正在处理"),
        ("need-information", "需要您补充信息"),
        ("answered", "已答复"),
        ("remedy-done", "解决办法已落实"),
        ("closed", "已结束"),
        ("reopened", "重新处理中"),
        ("a word of tomorrow", "已转交负责部门"),
    ],
)
async def test_every_state_of_a_case_is_said_in_plain_words(open_desk: Open, state: str, words: str) -> None:
    async with open_desk() as desk:
        known = await desk.routed(await desk.joined(await desk.arrived()))
        await desk.state(known, state)
        page = await desk.opened(known)

    assert f'<h1 class="status">{words}</h1>' in page.text


async def test_before_anybody_read_it_it_is_received(open_desk: Open) -> None:
    async with open_desk() as desk:
        fresh, unreadable = await desk.arrived(), await desk.arrived(kind="suspended")
        pages = [await desk.opened(each) for each in (fresh, unreadable)]

    assert "我们已收到" not in pages[0].text.split("<h1", 1)[0]
    assert '<h1 class="status">已收到</h1>' in pages[0].text
    assert "正在人工读取" in pages[1].text


async def test_what_departments_did_is_shown_with_their_titles_and_words_but_no_names_or_notes(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.routed(await desk.joined(await desk.arrived()))
        await desk.told(known, "accepted")
        await desk.told(known, "answered", "已核实，为您退款 29.90 元。", at=NOW + timedelta(hours=3))
        await desk.told(known, "accepted", "不该看到", verdict="impossible")
        await desk.told(known, "escalated", "也不该看到")
        await desk.state(known, "answered")
        page = (await desk.opened(known)).text

    title = next(one.title.zh_hans for one in desk.of.parts.pack.departments if one.code == "quality")  # type: ignore[union-attr]
    assert f"已受理：{title}" in page
    assert "已核实，为您退款 29.90 元。" in page
    assert page.index("已答复：") < page.index("已受理：")
    assert not any(word in page for word in (*STAFF_ONLY, "不该看到"))


async def test_what_a_department_asks_stands_above_the_box(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.routed(await desk.joined(await desk.arrived()))
        await desk.told(known, "need-information", "请拍一下包装上的批号。")
        await desk.state(known, "need-information")
        page = (await desk.opened(known)).text

    assert "部门请您补充" in page
    assert page.index("请拍一下包装上的批号。") < page.index('<textarea id="text"')


async def test_a_promise_is_dated_and_a_broken_one_is_admitted(open_desk: Open) -> None:
    async with open_desk() as desk:
        unreadable = await desk.arrived(kind="suspended")
        in_time = (await desk.opened(unreadable)).text
        desk.of.now = NOW + timedelta(days=30)
        late = (await desk.opened(unreadable)).text

    assert "前答复您" in in_time
    assert "已经晚了，很抱歉" in late


async def test_what_we_understood_is_said_in_the_words_of_the_acknowledgement(open_desk: Open) -> None:
    due = [
        {"clock": "referral", "due_at": "2026-11-24T00:00:00Z"},
        {"clock": "handle", "due_at": "2026-11-29T08:00:00Z", "rule_id": "r"},
    ]
    async with open_desk() as desk:
        known = await desk.routed(await desk.joined(await desk.arrived()))
        await desk.indexed(known, category="quality", clocks=due)
        page = (await desk.opened(known)).text

    title = PACK.category("quality").title.zh_hans  # type: ignore[union-attr]
    assert "我们的理解：" in page
    assert title in page
    assert "我们会在 2026年11月29日 16:00 前答复您" in page


async def test_what_we_sent_is_shown_without_its_key_and_codes_not_at_all(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.joined(await desk.arrived())
        await desk.sent(known, f"您好，查看进展：https://c.example.com/track/{known.number}#k={known.key} 谢谢")
        await desk.sent(known, "验证码 987654", kind="code")
        page = (await desk.opened(known)).text

    assert f"https://c.example.com/track/{known.number} 谢谢" in page
    assert known.key not in page
    assert "987654" not in page


async def test_nothing_anybody_wrote_runs_in_the_page(open_desk: Open) -> None:
    async with open_desk() as desk:
        known = await desk.routed(await desk.joined(await desk.arrived()), HOSTILE)
        for kind in ("need-information", "answered", "closed"):
            await desk.told(known, kind, HOSTILE, department=HOSTILE)
        await desk.sent(known, HOSTILE, kind=HOSTILE)
        await desk.state(known, "need-information", department=HOSTILE)
        pages = [await desk.opened(known), await desk.of.client.get(f"/track/{known.number}?lang={HOSTILE}")]

    for page in pages:
        assert "<script>" not in page.text
        assert "<img src=x" not in page.text
    assert "&lt;script&gt;" in pages[0].text


async def stranger_in_the_case(open_desk: Open, *, proven: bool) -> tuple[str, str]:
    """The pages of who opened a case and of who joined it later, before and after an answer."""
    async with open_desk() as desk:
        opener = await desk.routed(await desk.joined(await desk.arrived()))
        await desk.told(opener, "accepted", "给第一位顾客的话", at=NOW + timedelta(minutes=5))
        arrived = await desk.arrived("+8613900000001", received_at=NOW + timedelta(hours=1))
        joiner = Known(arrived.complaint_id, opener.case_id, arrived.number)
        await desk.joined(joiner, 2, NOW + timedelta(hours=1), verdict="duplicate", disclosable=proven)
        await desk.told(opener, "answered", "退款到您尾号 1234 的卡", at=NOW + timedelta(hours=2))
        await desk.told(
            joiner, "in-progress", "给第二位顾客的话", at=NOW + timedelta(hours=2), complaint_id=joiner.complaint_id
        )
        await desk.state(opener, "answered", satisfied=True)
        return (await desk.opened(opener)).text, (await desk.opened(joiner)).text


async def test_who_is_not_proven_to_be_the_same_sees_nothing_of_the_others(open_desk: Open) -> None:
    opener, joiner = await stranger_in_the_case(open_desk, proven=False)

    assert "部门已受理" not in joiner
    assert not any(words in joiner for words in ("给第一位顾客的话", "尾号 1234", "您上次的回答"))
    assert "给第二位顾客的话" in joiner
    assert "给第二位顾客的话" not in opener
    assert "尾号 1234" in opener


async def test_who_is_proven_to_be_the_same_sees_what_was_written_about_the_case(open_desk: Open) -> None:
    opener, joiner = await stranger_in_the_case(open_desk, proven=True)

    assert "尾号 1234" in opener
    assert "尾号 1234" in joiner


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_page_speaks_every_language(open_desk: Open, lang: str) -> None:
    async with open_desk() as desk:
        known = await desk.routed(await desk.joined(await desk.arrived()))
        await desk.told(known, "answered", "OK")
        await desk.state(known, "answered")
        await desk.opened(known)
        page = (await desk.of.client.get(f"/track/{known.number}?lang={lang}")).text

    assert texts()["track.status.answered"][lang] in page
    assert texts()["track.rate.title"][lang] in page
    words = texts()["track.steps"]
    assert not any(words[other] in page for other in LANGUAGES if words[other] != words[lang])
