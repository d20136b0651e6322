"""Words for days, numbers and telephones as people write and say them."""

from datetime import date
from functools import cache
from random import Random

import opencc

_WEEKDAYS = "一二三四五六日"
_SPOKEN = str.maketrans("0123456789", "零幺二三四五六七八九")
_FILLERS = ("嗯", "那个", "就是说", "然后呢", "呃", "对吧", "你听我讲", "我跟你讲啊", "反正")
_SOUNDS_LIKE = {
    "的": "得",
    "在": "再",
    "是": "事",
    "他": "她",
    "做": "作",
    "买": "卖",
    "坏": "怀",
    "退": "推",
    "块": "快",
    "盒": "和",
    "换": "唤",
    "店": "电",
    "修": "休",
    "像": "象",
    "油": "由",
    "虫": "重",
    "钱": "前",
    "货": "或",
    "臭": "凑",
    "漏": "露",
}


def day_words(dice: Random, day: date, today: date) -> str:
    """`day` as somebody who writes on `today` says it."""
    ago = (today - day).days
    near = {0: ("今天", "今早", "今天下午"), 1: ("昨天", "昨晚"), 2: ("前天",), 3: ("大前天", "三天前")}
    if ago in near and dice.random() < 0.75:
        return dice.choice(near[ago])
    week = (today.toordinal() - 1) // 7 - (day.toordinal() - 1) // 7
    if week in {0, 1} and ago > 0 and dice.random() < 0.4:
        return ("这周", "上周")[week] + _WEEKDAYS[day.weekday()]
    return dice.choice((f"{day.month}月{day.day}号", f"{day.month}月{day.day}日", f"{day.month}.{day.day}"))


def english_day(dice: Random, day: date, today: date) -> str:
    """The same in English."""
    ago = (today - day).days
    if ago in {0, 1} and dice.random() < 0.7:
        return ("today", "yesterday")[ago]
    return f"on {day.day} {day:%B}"


def spoken(number: str) -> str:
    """Digits as a transcript of speech has them, in groups."""
    said = number.translate(_SPOKEN)
    return " ".join(said[at : at + 4] for at in range(0, len(said), 4))


def misheard(dice: Random, text: str, rate: float) -> str:
    """The text as a machine hears it: without marks, with words of hesitation, some characters of the same sound."""
    parts = [part for part in text.replace("。", "，").split("，") if part]
    said = "".join((dice.choice(_FILLERS) if dice.random() < 0.25 else "") + part for part in parts)
    return "".join(
        _SOUNDS_LIKE.get(one, one) if dice.random() < rate * 8 and one in _SOUNDS_LIKE else one for one in said
    )


def masked(phone: str) -> str:
    """A telephone as an authority gives it."""
    return f"{phone[:3]}****{phone[-4:]}"


@cache
def _traditional() -> opencc.OpenCC:
    return opencc.OpenCC("s2hk")


def traditional(text: str) -> str:
    """The text in traditional script."""
    converted: str = _traditional().convert(text)
    return converted
