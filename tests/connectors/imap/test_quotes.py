"""Own words are separated from quotes and signatures, and nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.imap.html import html_to_text
from connectors.imap.quotes import split

QUOTES = [
    "------------------ 原始邮件 ------------------\n发件人: x",
    "-----原始邮件-----\n发件人: x",
    "----- 回复的邮件 -----\nx",
    "-----Original Message-----\nx",
    "---------- Forwarded message ---------\nFrom: x",
    "发件人: x\n发送时间: 2026年11月20日\n收件人: y\n主题: z\n\nold",
    "发件人： x\n日期： 2026年11月20日\n收件人： y\n主　题： z\nold",
    "________________________________\n寄件者: x\n寄件日期: 2026\n收件者: y\n主旨: z\nold",
    "From: x\nSent: Friday\nTo: y\nSubject: z\n\nold",
    "*From:* x\n*Date:* Friday\n*To:* y\n*Subject:* z\n\nold",
    "在 2026-11-20 10:00，客服 <s@x.example> 写道：\nold",
    "在2026年11月20日 10:00，客服<s@x.example> 写道：\n> old",
    "On Fri, 20 Nov 2026 at 10:00, Shop <s@x.example> wrote:\n> old",
    "On Fri, 20 Nov 2026 at 10:00, Shop\n<s@x.example> wrote:\n\n> old",
    "客服 <s@x.example> 於 2026年11月20日 週五 上午10:00寫道：\n> old",
    "> old\n> older",
]


@pytest.mark.parametrize("quote", QUOTES)
def test_what_was_written_above_a_quote_is_the_text(quote: str) -> None:
    parts = split(f"牛奶变质，请退款。\n\n{quote}")

    assert parts.text == "牛奶变质，请退款。"
    assert (parts.quoted or "").replace("\n\n", "\n") == quote.replace("\n\n", "\n")


@pytest.mark.parametrize("quote", QUOTES)
def test_a_mail_that_only_quotes_keeps_it_as_its_text(quote: str) -> None:
    parts = split(quote)

    assert (parts.text, parts.quoted) == (quote, None)


@pytest.mark.parametrize(
    "line",
    [
        "发自我的iPhone",
        "发自我的小米手机",
        "來自我的 iPhone",
        "Sent from my iPhone",
        "从我的 iPhone 发送",
        "发自 网易邮箱大师",
        "Get Outlook for Android",
        "获取 Outlook for iOS",
    ],
)
def test_the_line_of_a_mobile_client_is_a_signature(line: str) -> None:
    assert split(f"请退款\n\n{line}").text == "请退款"


@pytest.mark.parametrize(
    "text",
    [
        "问题如下:\n- 漏水\n- 有异味\n请退款",
        "发件人：张三\n这不是引用，只是一行字",
        "我从我的手机上下的单",
        "From: the store on Renmin Road I got a broken kettle.",
        "在店里，店员写道：不退不换",
        "--\n第一段\n" + "很长的正文\n" * 40,
        "On the box someone wrote: fragile",
    ],
)
def test_a_customers_own_lines_are_not_taken_for_quotes(text: str) -> None:
    assert split(text) == split(text + "\n")
    assert split(text).quoted is None


def test_answers_between_quoted_lines_survive_in_their_order() -> None:
    parts = split("> 买了什么？\n牛奶\n> 什么时候？\n昨天\n")

    assert parts.text == "牛奶\n昨天"
    assert parts.quoted == "> 买了什么？\n> 什么时候？"


def test_a_short_signature_goes_with_the_quote() -> None:
    parts = split("Please refund.\n\n-- \nTom Green\nTel. 555 0100\n\n> old")

    assert parts.text == "Please refund."
    assert parts.quoted == "-- \nTom Green\nTel. 555 0100\n\n> old"


PIECES = ["> a", "牛奶", "", "-- ", "发自我的iPhone", "On 1 x wrote:", "在 1 写道：", "From: a", "Sent: b", "To: c"]
PIECES += ["Subject: d", "-----原始邮件-----", "________________________________", " x "]
LINES = st.lists(st.sampled_from(PIECES), max_size=30)


@given(LINES)
def test_no_line_is_ever_lost(lines: list[str]) -> None:
    parts = split("\n".join(lines))

    kept = f"{parts.text}\n{parts.quoted or ''}".split("\n")
    assert sorted(line.strip() for line in kept if line.strip()) == sorted(one.strip() for one in lines if one.strip())


def test_html_keeps_lines_and_drops_what_nobody_sees() -> None:
    html = (
        "<style>p{}</style><p>您好&nbsp;世界</p><div>一<br>二</div><ul><li>甲</li><li>乙</li></ul>"
        "<table><tr><td>订单号</td><td>123</td></tr></table><!-- c --><span style='display:none'>x</span>"
        "<p hidden>y</p><span style='font-size:0px'>z</span><script>w</script>"
    )

    assert html_to_text(html) == "您好 世界\n\n一\n二\n\n- 甲\n- 乙\n\n订单号 123"


def test_a_quoted_block_is_marked_and_an_indented_one_is_not() -> None:
    quote = "<blockquote type=cite>旧<blockquote type=cite>更旧</blockquote></blockquote>"
    html = f"答{quote}<blockquote>自己的话</blockquote>"

    assert html_to_text(html) == "答\n>\n> 旧\n> >\n> > 更旧\n\n自己的话"
