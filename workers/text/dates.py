"""Days a text names, counted from the day of the message: absolute, relative, feasts with a fixed date, in English.

Without a year the latest past day is meant. A production or expiry date is not when something happened and is left
out. Relative days and days without a year need the day of the message; without it they are left out.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache, cached_property
from itertools import islice

import ahocorasick_rs

from schemas.matching import matches
from workers.text.numerals import number_of

_DAY = r"(?:[1-3]?十\d?|[0-3]?\d|初\d|廿\d?)"
_MONTH = r"(?:1[0-2]|0?[1-9]|十[12]?)"
_HAN_DIGITS = str.maketrans("零〇一二三四五六七八九幺", "001234567891")
_FULL = re.compile(
    r"(?<![\d.-])((?:19|20)\d\d)([-/.]|年 ?)(1[0-2]|0?\d|十[12]?)([-/.]|月 ?)([1-3]?十\d?|\d{1,2})"
    r"(?!\d|\.\d)(?:[日号])?"
)
_YEAR_LAST = re.compile(r"(?<![\d/.-])(\d{1,2})/(\d{1,2})/(20\d\d)(?![\d/])")
_COMPACT = re.compile(r"(?:日期|时间|date)[:是为 ]{0,2}(20\d\d)(0[1-9]|1[0-2])([0-3]\d)(?!\d)")
_MONTH_DAY = re.compile(
    rf"(?<!\d)(?:(今年|去年|前年|(?<!\d)\d\d\d?年|[两2]千0?\d?十?\d?年) ?)?"
    rf"({_MONTH})月 ?(?:份 ?)?({_DAY})(?![\d个天台件次箱袋单张条份直起家])(?:[日号](?!楼|店|线))?"
)
_POINTED = re.compile(r"(?<![\d./-])(1[0-2]|0?[1-9])([./])([0-3]?\d)(?![\d./%-])")
_POINTED_AFTER = re.compile(r" ?(?:号|日|那天|当天|签收|下单|下的单|收到|到货|上午|下午|晚上|早上)")
_SLASHED_AFTER = re.compile(_POINTED_AFTER.pattern + "| ?(?:在|买|坏|到|收|送|退|换|去|付)")
_POINTED_BEFORE = re.compile(r"(?:日期|时间|于)[:是为 ]{0,2}$")
_DAY_ONLY = re.compile(
    rf"(上个?月|本月|这个?月|当月|下个?月)?的? ?(?<![\d.第每十])({_DAY})[号日]"
    r"(?![\d楼店门柜桌线机台仓库位窗口床房厅馆铺电字院码收摊元工地直客扶梯电出入球机箱货包井坑厂馆])(?!(?:之|以)?内|无理由|免费?退)"
)
_DAY_AFTER = re.compile(r"日 ?(?:上午|下午|中午|晚|早|夜|凌晨|当[天日]|在|于|购|买|下单|签收|收到|开庭|起|前|\d)")
_NOT_DAY_BEFORE = re.compile(
    r"(?:下|差|大|小|加|同|第|每|每个?月|提前|满|近|共|逾期?|超过|连续|[a-z-]|号|\d[号日]?|楼|栋|路|街)$"
)
_WEEK = re.compile(
    r"(上上|上|这|本|下)?个?(?:周|星期|礼拜)([一二三四五六日天末1-6])(?![\d年岁个次三四五六日百千十万]|至|到周|月)"
)
_AGO = re.compile(r"(\d{1,3}|[一二两三四五六七八九十半]{1,3})个?多? ?(天|日|周|星期|礼拜|月|年)(?:之|以)?前(?![天日])")
_EN_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_EN_MONTH = (
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|t?ember|ober|t)?(?:\.(?= ?\d))?"
)
_EN = re.compile(
    rf"(?<![a-z]){_EN_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?(?![\d:]|,\d{{3}}(?!\d))(?:,? (20\d\d)(?!\d))?"
    rf"|(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?{_EN_MONTH}(?![a-z])(?:,? (20\d\d)(?!\d))?"
)
_COUNTED = frozenset("一二三四五六七八九十两几半")
"""Before a week they count it: 四周一圈, 一个礼拜一时."""
_WEEK_ENDS = frozenset("周期拜")
_EN_WEEK = re.compile(r"(?<![a-z])(last|this|on|next) (mon|tues|wednes|thurs|fri|satur|sun)day(?![a-z])")
_EN_AGO = re.compile(
    r"(?<![a-z\d])(a|one|two|three|four|five|six|seven|eight|nine|ten|\d{1,3}) (day|week|month|year)s? ago"
)
_EN_NUMBERS = {
    w: n for n, w in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"])
} | {"a": 1}
_EN_DAYS = ["mon", "tues", "wednes", "thurs", "fri", "satur", "sun"]
_NOT_THE_EVENT = re.compile(
    r"(?:保质期|生产日期|到期(?:日|时间)|有效期|过期日|赏味期|生产于|标的日期|日期打的|出厂日期"
    r"|exp(?:iry)?|best before)[^,。\n]{0,8}$"
)
_NOT_THE_EVENT_AFTER = re.compile(r"(?:才|就)?(?:生产|出厂|(到期|过期|失效))")
_RIGHTS = re.compile(r"[券卡]|会员|积分|年费|月费|优惠|活动|套餐|保修|合同|租")
"""What ends on a day, as goods are good until one: that day happens to the customer."""
_WORDS = {
    0: "今天 今日 今儿 今早 今晨 今晚 今夜 今朝 today",
    1: "昨天 昨日 昨儿 昨晚 昨夜 昨早 昨晨 琴日 寻日 噚日 昨个 昨儿个 yesterday",
    2: "前天 前日 前晚 前儿 前儿个",
    3: "大前天 大前日",
}
_FEASTS = {
    "双十一": (11, 11), "双11": (11, 11), "双十二": (12, 12), "双12": (12, 12), "618": (6, 18), "六一八": (6, 18),
    "国庆": (10, 1), "国庆节": (10, 1), "十一国庆": (10, 1), "元旦": (1, 1), "五一": (5, 1), "五一节": (5, 1),
    "圣诞": (12, 25), "圣诞节": (12, 25), "三八节": (3, 8), "六一": (6, 1), "六一儿童节": (6, 1), "情人节": (2, 14),
}  # fmt: skip
_OFFSETS = {word: days for days, words in _WORDS.items() for word in words.split()}
_FEAST_LIST = (*_FEASTS, *(f"{year}{feast}" for year in ("去年", "前年", "今年") for feast in _FEASTS))
_DAYS_OF = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7, "day": 1, "week": 7}
_HAN_DAY = re.compile(r"[零〇一二三四五六七八九幺][月日号十]|十[一二三四五六七八九]")
_MONTH_SIGN = re.compile(r"[\d一二三四五六七八九十] ?月")
_AGO_SIGN = re.compile(r"[天日周期拜月年][之以]?前")
_POINTED_SIGN = re.compile(r"\d[./]\d\d?[^\d元块%]")
_DAY_SIGN = re.compile(r"[\d一二三四五六七八九十][日号]")
_DIGITS_BESIDE = re.compile(r"[\d一二三四五六七八九十百块毛角]")

_MOST = 50
_BEFORE_SIGN, _BEHIND_SIGN = 12, 12

Dated = tuple[int, int, date]
"""A half-open span of the text and its day."""
_Seen = tuple[int, int, date | None]
"""The same; None where a day stands that is not when something happened: nothing else is read out of its span."""


class _Asked:
    """A text with the day it counts from; in `said` digits said one by one are figures, in `figures` all are."""

    def __init__(self, text: str, said: str, today: date | None, signs: frozenset[str]) -> None:
        self.text = text
        self.said = said
        self.today = today
        self.signs = signs

    @cached_property
    def figures(self) -> str:
        """十一月三号 is 十1月3号; of the same length."""
        return self.said.translate(_HAN_DIGITS) if _HAN_DAY.search(self.said) else self.said


def dates(text: str, said: str, today: date | None) -> list[Dated]:
    """Every day the text names, from left to right, apart. `said`: with digits said one by one as figures."""
    signs = _signs_of(said)
    if not signs:
        return []
    asked = _Asked(text, said, today, signs)
    found: list[Dated] = []
    taken = bytearray(len(text))
    for needs, read in _READERS:
        if needs.isdisjoint(signs):
            continue
        for start, end, day in islice(read(asked), _MOST):
            if taken.find(1, start, end) < 0:
                taken[start:end] = b"\x01" * (end - start)
                if day:
                    found.append((start, end, day))
    return sorted(found)


@cache
def _sign_words() -> tuple[ahocorasick_rs.AhoCorasick, tuple[str, ...]]:
    words = tuple(sorted(frozenset[str]().union(*(needs for needs, _ in _READERS))))
    return ahocorasick_rs.AhoCorasick(list(words)), words


def _signs_of(text: str) -> frozenset[str]:
    automaton, words = _sign_words()
    return frozenset(words[index] for index, _, _ in automaton.find_matches_as_indexes(text, overlapping=True))


@cache
def _relative_words() -> tuple[ahocorasick_rs.AhoCorasick, tuple[str, ...]]:
    words = (*_OFFSETS, *_FEAST_LIST)
    return ahocorasick_rs.AhoCorasick(list(words), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest), words


def _around(pattern: re.Pattern[str], text: str, sign: str) -> Iterator[re.Match[str]]:
    """The matches that hold a sign, looked for near each sign only."""
    place, done = text.find(sign), 0
    while place >= 0:
        match = pattern.search(text, max(done, place - _BEFORE_SIGN), place + _BEHIND_SIGN)
        if match and match.start() <= place < match.end():
            yield match
            done = match.end()
        place = text.find(sign, max(place + 1, done))


def _full(asked: _Asked) -> Iterator[_Seen]:
    for match in _FULL.finditer(asked.figures):
        if (match[2][0] == "年") != (match[4][0] == "月"):
            continue
        if _is_not_the_event(asked.text, *match.span()):
            yield *match.span(), None
        elif day := _day(int(match[1]), _number(match[3]), _number(match[5])):
            yield *match.span(), day
    for match in matches(_YEAR_LAST, asked.text, "/"):
        first, second = int(match[1]), int(match[2])
        month, number = (second, first) if first > 12 else (first, second)
        if (first > 12 or second > 12 or first == second) and (day := _day(int(match[3]), month, number)):
            yield *match.span(), day
    for match in matches(_COMPACT, asked.figures, ("日期", "时间", "date")):
        day = _day(int(match[1]), int(match[2]), int(match[3]))
        if day and not _is_not_the_event(asked.text, match.start(1), match.end()):
            yield match.start(1), match.end(), day


def _month_day(asked: _Asked) -> Iterator[_Seen]:
    today = asked.today
    if today is None or not _MONTH_SIGN.search(asked.said):
        return
    for match in _around(_MONTH_DAY, asked.figures, "月"):
        if _is_not_the_event(asked.text, *match.span()):
            yield *match.span(), None
        else:
            year = _year(match[1], today)
            day = _latest(today, _number(match[2]), _number(match[3]), year)
            if day:
                yield *match.span(), day


def _pointed(asked: _Asked) -> Iterator[_Seen]:
    today = asked.today
    if today is None:
        return
    if not _POINTED_SIGN.search(asked.text):
        return
    for match in _POINTED.finditer(asked.text):
        near = (_POINTED_AFTER if match[2] == "." else _SLASHED_AFTER).match(
            asked.text, match.end()
        ) or _POINTED_BEFORE.search(asked.text[max(0, match.start() - 6) : match.start()])
        if near and (day := _latest(today, int(match[1]), int(match[3]), None)):
            yield *match.span(), day


def _relative(asked: _Asked) -> Iterator[_Seen]:
    if asked.today is None:
        return
    automaton, words = _relative_words()
    for index, start, end in automaton.find_matches_as_indexes(asked.text):
        word = words[index]
        if word in _OFFSETS:
            yield start, end, asked.today - timedelta(days=_OFFSETS[word])
        elif not _DIGITS_BESIDE.match(asked.text[start - 1 : start] or " ") and not (
            word in {"618", "五一", "六一", "六一八"}
            and (asked.text[end : end + 1] or " ") in "0123456789元块.-路号个楼斤箱瓶盒袋件份本条张"
        ):
            month, day = _FEASTS[word[2:] if word[:2] in {"去年", "前年", "今年"} else word]
            year = _year(word[:2], asked.today) if word[0] in "去前今" else None
            if found := _latest(asked.today, month, day, year):
                yield start, end, found


def _weeks(asked: _Asked) -> Iterator[_Seen]:
    if asked.today is None:
        return
    for match in _WEEK.finditer(asked.text):
        which, name = match[1], match[2]
        before = asked.text[max(0, match.start() - 2) : match.start()]
        if (
            name == "末"
            or (not which and before[-1:] in _COUNTED and before[:1] not in _WEEK_ENDS)
            or before.endswith(("每", "每个", "到", "至", "-"))
            or asked.text[match.end() : match.end() + 1] in {"至", "到", "-"}
        ):
            continue
        weekday = 6 if name in "日天" else int(name.translate(_HAN_DIGITS)) - 1
        yield *match.span(), _of_week(asked.today, which, weekday)


def _of_week(today: date, which: str | None, weekday: int) -> date:
    monday = today - timedelta(days=today.weekday())
    weeks = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1}
    if which:
        return monday + timedelta(days=weekday, weeks=weeks[which])
    return today - timedelta(days=(today.weekday() - weekday) % 7)


def _ago(asked: _Asked) -> Iterator[_Seen]:
    if asked.today is None or not _AGO_SIGN.search(asked.text):
        return
    for match in _AGO.finditer(asked.text):
        if (match[1].endswith("半") and match[1] != "半") or asked.text[match.start() - 1 : match.start()] == "个":
            continue
        if match[1] == "半":
            days = {"月": 15, "年": 182}.get(match[2])
            day = asked.today - timedelta(days=days) if days else None
        else:
            day = _back(asked.today, int(number_of(match[1]) or 0), match[2])
        if day:
            yield *match.span(), day


def _back(today: date, count: int, unit: str) -> date | None:
    if not count:
        return None
    if unit in _DAYS_OF:
        return today - timedelta(days=count * _DAYS_OF[unit])
    months = count * (12 if unit in {"年", "year"} else 1)
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return next((day for last in (0, 1, 2, 3) if (day := _day(year, month + 1, today.day - last))), None)


def _day_only(asked: _Asked) -> Iterator[_Seen]:
    if asked.today is None or not _DAY_SIGN.search(asked.text):
        return
    for match in (*_around(_DAY_ONLY, asked.figures, "号"), *_around(_DAY_ONLY, asked.figures, "日")):
        if not match[1] and _NOT_DAY_BEFORE.search(asked.text[max(0, match.start() - 3) : match.start()]):
            continue
        if not match[1] and asked.text[match.end() - 1] == "日" and not _DAY_AFTER.match(asked.text, match.end() - 1):
            continue  # 五日到货: days, as a day of a month is said with 号 or with its month
        if _is_not_the_event(asked.text, *match.span()):
            continue
        month = {"上": -1, "下": 1}.get((match[1] or "本")[0], 0)
        index = asked.today.year * 12 + asked.today.month - 1 + month
        day = _day(index // 12, index % 12 + 1, _number(match[2]))
        if day and not match[1] and day > asked.today:
            index -= 1
            day = _day(index // 12, index % 12 + 1, _number(match[2]))
        if day:
            yield match.start() if match[1] else match.start(2), match.end(), day


def _english(asked: _Asked) -> Iterator[_Seen]:
    today = asked.today
    for match in _EN.finditer(asked.text):
        month, number, year = (match[1], match[2], match[3]) if match[1] else (match[5], match[4], match[6])
        index = _EN_MONTHS.index(month) + 1
        if year:
            day = _day(int(year), index, int(number))
        else:
            day = _latest(today, index, int(number), None) if today else None
        if day and not _is_not_the_event(asked.text, *match.span()):
            yield *match.span(), day
    if today is None:
        return
    for match in _EN_WEEK.finditer(asked.text):
        weekday = _EN_DAYS.index(match[2])
        which = {"last": "上", "next": "下", "this": "这"}.get(match[1])
        start = match.start() if which else match.start(2)
        last = today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
        yield start, match.end(), last if match[1] == "last" else _of_week(today, which, weekday)
    for match in _EN_AGO.finditer(asked.text):
        count = _EN_NUMBERS.get(match[1]) or int(match[1])
        if day := _back(today, count, match[2]):
            yield *match.span(), day


def _is_not_the_event(text: str, start: int, end: int) -> bool:
    if _NOT_THE_EVENT.search(text[max(0, start - 14) : start]):
        return True
    after = _NOT_THE_EVENT_AFTER.match(text, end)
    return after is not None and not (after[1] and _RIGHTS.search(text[max(0, start - 20) : start]))


def _year(word: str | None, today: date) -> int | None:
    if not word:
        return None
    if word[1:2] == "千":
        return 2000 + _number(word[2:-1].lstrip("0") or "0")
    if word[:3].isdigit():
        return 1911 + int(word[:3])  # years of the Republic, as Taiwan's authorities write them
    if word[:2].isdigit():
        return 2000 + int(word[:2])
    return {"今年": today.year, "去年": today.year - 1, "前年": today.year - 2}.get(word)


def _latest(today: date, month: int, day: int, year: int | None) -> date | None:
    """The day in its year; without one the latest that is past."""
    if year is not None:
        return _day(year, month, day)
    found = _day(today.year, month, day)
    return found if found and found <= today else _day(today.year - 1, month, day) or found


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _number(written: str) -> int:
    """A day or month number: 3, 十1, 2十6, 初5, 廿3."""
    if written.startswith("初"):
        return int(written[1:])
    if written.startswith("廿"):
        return 20 + int(written[1:] or 0)
    tens, ten, ones = written.partition("十")
    return int(tens or 1) * 10 + int(ones or 0) if ten else int(written)


_READERS: tuple[tuple[frozenset[str], Callable[[_Asked], Iterator[_Seen]]], ...] = (
    (frozenset(("20", "19")), _full),
    (frozenset(("月",)), _month_day),
    (frozenset("./"), _pointed),
    (frozenset((*_OFFSETS, *_FEASTS)), _relative),
    (frozenset(("周", "星期", "礼拜")), _weeks),
    (frozenset(("前",)), _ago),
    (frozenset("日号"), _day_only),
    (frozenset((*_EN_MONTHS, "day", "ago")), _english),
)
"""Each with the signs without which it finds nothing; where two find the same place, the first has it."""
