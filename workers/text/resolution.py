"""What the customer asks for: refund, exchange, repair, compensation, apology, explanation, redelivery, something else.

Only what is asked counts: 不要退款 asks for none, 退款没到账 tells of one, 拒绝退货 of a refusal.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import ahocorasick_rs

from schemas.matching import matches

_WORDS = {
    "refund": "退款 退货 退钱 退掉 退了 退还 退回 退我 退给我 全退 退一下 "
    "退定金 退押金 退订金 退费 退卡 退机 退现 全额退 refund money back",
    "exchange": "换货 更换 换新 换一 换个 换掉 调换 换成 换大 换小 exchange replace replacement",
    "repair": "维修 修理 修好 修一下 返修 修复 整返好 上门修 repair fix fixed",
    "compensation": "赔偿 赔付 补偿 赔钱 赔我 退差 补差 退一赔三 退一赔十 "
    "三倍赔 十倍赔 违约金 赔医药费 compensation compensate",
    "apology": "道歉 赔礼 赔不是 致歉 道个歉 说声对不起 apology apologize apologise",
    "explanation": "解释 说法 说明 书面回复 书面答复 书面回覆 交代 给个理由 explanation explain",
    "redeliver": "补发 重发 重新发 重新派送 重新送 重新配送 另发 补寄 补送 重寄 补齐 resend redeliver",
    "other": "整改 召回 下架 停售 撤销 删除 严肃处理 尽快处理 核查 彻查",
}
_CODES = {word: code for code, words in _WORDS.items() for word in words.replace("money back", "money_back").split()}
_TERMS = tuple(word.replace("_", " ") for word in _CODES)
_ASKED = re.compile(
    r"(?:要求|请求|希望|恳请|麻烦|诉求|申请|我要|我想要|我只要|只要|想要|帮我|给我|给个|给一个|讨个|讨要|给俺|请|赶紧|赶快|尽快|必须|应该|需要|要么|立即|立刻|马上|快点"
    r"|能不能|可不可以|可以|能否|可否"
    r"|强烈|坚决|全额|书面|公开|please|want|would like|demand|need|request|kindly|ask for)"
    r"(?:[^,。!?;\n]{0,7})$"
)
_GIVE_ME = re.compile(r"(?:给我|给俺|帮我|给老子)(退|换|修|赔)(?=$|[ ,。!?;\n])")
_GIVEN = {"退": "refund", "换": "exchange", "修": "repair", "赔": "compensation"}
_DENIED = re.compile(
    r"(?:不|没|未|别|无|拒绝|不给|不肯|不能|不是|不予|不用|无需"
    r"|勿|已|已经|刚|才|被|她|他|你们不|no |not |refused? )[^,。!?;\n]{0,3}$"
)
_TOLD = re.compile(
    r"(?:成功|没到|未到|一直|还没|到账|失败|被拒|政策|通知|流程|规则|进度|时|的时候|后|期|记录|原因|说|书)"
)
_BEGINS = re.compile(r"(?:^|[,。!?;\n ]|就|快)$")


@dataclass(frozen=True, slots=True)
class Asked:
    """A wish at a half-open span of the text, with its code."""

    start: int
    end: int
    code: str


@cache
def _automaton() -> ahocorasick_rs.AhoCorasick:
    return ahocorasick_rs.AhoCorasick(list(_TERMS), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)


def resolutions(text: str) -> Iterator[Asked]:
    """Every wish the text states, each code once."""
    seen: set[str] = set()
    for index, start, end in _automaton().find_matches_as_indexes(text):
        term = _TERMS[index]
        code = _CODES[term.replace(" ", "_")]
        if code in seen or _part_of_a_word(text, start, end):
            continue
        before = text[max(0, start - 12) : start]
        asked = _ASKED.search(before)
        if _DENIED.search(before[-5:]) and not (asked and asked.end() - asked.start() <= 3):
            continue
        if _TOLD.match(text, end) or not (asked or (code != "other" and _stands_alone(text, before, end))):
            continue
        seen.add(code)
        yield Asked(start - len(before) + asked.start() if asked else start, end, code)
    for match in matches(_GIVE_ME, text, ("给", "帮")):
        if (code := _GIVEN[match[1]]) not in seen:
            seen.add(code)
            yield Asked(*match.span(), code)


def _part_of_a_word(text: str, start: int, end: int) -> bool:
    latin = text[start].isascii()
    return latin and (text[start - 1 : start].isalpha() or text[end : end + 1].isalpha())


def _stands_alone(text: str, before: str, end: int) -> bool:
    """退款! and 退货退款: the wish is a clause of its own."""
    return bool(_BEGINS.search(before)) and (end == len(text) or text[end] in ",。!?;\n ")
