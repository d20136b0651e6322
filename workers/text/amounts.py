"""Amounts of money: with a currency, or bare where the words around tell that money is meant (see `prices`).

A multiplier (三倍, 八折, 50%) or a number of pieces (两块饼干) is no amount.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from workers.text.numerals import Number, number_of
from workers.text.prices import EACH, WINDOW, is_price, word_of_price

_UNITS = {
    "CNY": "元 块 快 圆 园 员 人民币 rmb cny yuan kuai",
    "HKD": "港元 港币 港纸 港圆 hkd 蚊",
    "TWD": "新台币 台币 台元 twd ntd",
    "USD": "美元 美金 美刀 刀 usd dollars dollar bucks",
    "EUR": "欧元 eur euros euro",
    "GBP": "英镑 镑 gbp pounds",
    "JPY": "日元 日圆 日币 円 jpy yen",
    "CAD": "加元 加币 cad",
    "AUD": "澳元 澳币 aud",
    "MOP": "澳门币 葡币 mop",
}
_SIGNS = {
    "¥": "CNY", "rmb": "CNY", "cny": "CNY", "人民币": "CNY", "hk$": "HKD", "hkd": "HKD", "港币": "HKD", "港元": "HKD",
    "nt$": "TWD", "ntd": "TWD", "twd": "TWD", "新台币": "TWD", "台币": "TWD", "us$": "USD", "usd": "USD", "$": "USD",
    "美元": "USD", "美金": "USD", "€": "EUR", "eur": "EUR", "欧元": "EUR", "£": "GBP", "gbp": "GBP", "jpy": "JPY",
    "日元": "JPY", "cad": "CAD", "aud": "AUD", "mop": "MOP",
}  # fmt: skip
_CURRENCY = {unit: code for code, units in _UNITS.items() for unit in units.split()}
_ALL_UNITS = "|".join(sorted(_CURRENCY, key=len, reverse=True))
_UNIT = re.compile(rf" ?-?({_ALL_UNITS})(?:(?<=[a-z])(?![a-z])|(?<![a-z]))")
_UNIT_STARTS = frozenset(unit[0] for unit in _CURRENCY) | frozenset(" -毛角分")
_NOT_MONEY_AFTER = {
    "快": re.compile(r"快[递点要乐速餐件捷到来些进过]"), "园": re.compile("园[区林丁艺子]"), "员": re.compile("员工"),
    "刀": re.compile("刀[片具口子切]"), "pounds": re.compile("pounds? of"),
}  # fmt: skip
_PIECES = re.compile(
    r"块(?:饼|蛋糕|面包|豆腐|肉|布|表|玻璃|砖|电池|肥皂|香皂|皂|巧克力|姜|糕|屏|板|糖|骨|石|牌子|地"
    r"|鸡|鱼|牛排|排骨|塑料|铁|木|瓷|披萨|背板|门板|隔板|红印|创可贴|创口|毛巾|抹布|墙|(?:都|全|就)?(?:碎|烂|裂|坏))"
)
_EATEN = re.compile(r"(?:吃|食用|尝|咬|啃|碎|裂|烂)(?:了|过|掉)?$")
_SIGN = re.compile(rf"({'|'.join(map(re.escape, sorted(_SIGNS, key=len, reverse=True)))})[ :]?$")
_NUMBER_BEFORE = re.compile(r"[\d十百千万元一二三四五六七八九]")
_SIGN_ENDS = frozenset("¥$€£bydrp币元金 :")
_DIGIT = r"[\d一二三四五六七八九]"
_NO_COUNTER = (
    r"(?!包(?!邮))(?![个斤盒袋瓶件条张只份次本双箱罐片瓣碗杯月天年号点楼层十百千万亿\d多倍折位人公岁时分钟钱%套提块"
    r"回趟遍场节夜晚早家样串把桶床对根支台笔单-])"
)
_TENTHS = re.compile(rf"({_DIGIT})(?:[毛角](?:({_DIGIT}){_NO_COUNTER}分?)?|{_NO_COUNTER})(?:钱)?")
_DIMES = re.compile(rf"({_DIGIT})[毛角](?:({_DIGIT})分?)?")
_SMALL = re.compile(rf"(?:毛钱?|角钱)(?:({_DIGIT}){_NO_COUNTER}分?)?|分钱")
_SOLD = re.compile(r"(?:卖|写|标|收|要价|涨到|降到|一[个斤克瓶盒]|以为)(?:了|的|成|到)?$")
_NOTHING = re.compile(r"一[毛分]钱?(?:都|也)?[没不]")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount at a half-open span of the text, in units of its currency."""

    start: int
    end: int
    value: Decimal
    high: Decimal | None
    currency: str


def amount_at(text: str, number: Number, dollars: str = "USD") -> Money | None:
    """The amount that a number of the text is part of; None when it is none. `dollars`: what a lone `$` means here."""
    after = text[number.end : number.end + 1]
    sign = _sign(text, number.start)
    unit = _UNIT.match(text, number.end) if after in _UNIT_STARTS else None
    if unit and (refused := _NOT_MONEY_AFTER.get(unit[1])) and refused.match(text, unit.start(1)):
        unit = None
    if sign:
        start = sign.start()
        currency = dollars if sign[1] == "$" else _SIGNS[sign[1]]
        stop = unit.end() if unit and text[number.end] != " " else number.end
        return Money(start, stop, number.value, number.high, currency)
    if unit:
        return _with_unit(text, number, unit, dollars)
    if (
        after
        and after in "毛角分"
        and not (after == "分" and number.value == 1 and not number.figures)  # 没收一分钱
        and not _NOTHING.search(text, number.start, number.end + 6)
        and (small := _SMALL.match(text, number.end))
    ):
        part = Decimal(1) if small[0].startswith("分") else Decimal(10)
        value = number.value / (100 if part == 1 else 10) + (_digit(small[1]) / 100 if small[1] else 0)
        return Money(number.start, small.end(), value, number.high and number.high / 10, "CNY")
    if _one_each(text, number):
        return Money(number.start, number.end - 1, number.value - 1, None, "CNY")
    return None


def bare_amount_at(text: str, number: Number) -> Money | None:
    """The amount without a unit that a number is by the words around it; ask for quantities before."""
    if is_price(text, number):
        return Money(number.start, number.end, number.value, number.high, "CNY")
    return None


def _sign(text: str, start: int) -> re.Match[str] | None:
    if not start or text[start - 1] not in _SIGN_ENDS:
        return None
    sign = _SIGN.search(text, max(0, start - 5), start)
    if sign and sign[1][0] in "港台新美日欧人" and _NUMBER_BEFORE.match(text[sign.start() - 1 : sign.start()]):
        return None  # 一百港币 3000日元
    return sign


def _with_unit(text: str, number: Number, unit: re.Match[str], dollars: str) -> Money | None:
    name = unit[1]
    if (not number.value and not number.figures) or (name in "块刀蚊" and _is_piece(text, number, unit)):
        return None
    value, stop = number.value, unit.end()
    if name in "块快元圆园员蚊" and not number.is_range and value == value.to_integral_value():
        tail = (_TENTHS if name in "块快蚊" else _DIMES).match(text, stop)
        if tail:
            value += _digit(tail[1]) / 10 + (_digit(tail[2]) / 100 if tail[2] else 0)
            stop = tail.end()
    if name == "蚊" and text[stop : stop + 1] == "半":
        value, stop = value + Decimal("0.5"), stop + 1
    if name in "块快" and text[stop : stop + 1] == "钱":
        stop += 1
    currency = _CURRENCY[name]
    if name == "蚊" and dollars == "USD":
        currency = "CNY"
    return Money(number.start, stop, value, number.high, currency)


def _is_piece(text: str, number: Number, unit: re.Match[str]) -> bool:
    """Whether 块 counts pieces (两块饼干, 一块红的) and 刀 a cut."""
    if unit[1] == "刀":
        return not number.figures
    before = text[max(0, number.start - 4) : number.start]
    if unit[1] == "蚊":
        return number.value == 1 and not number.figures and text.startswith(("都", "也"), unit.end())
    surface = text[number.start : unit.end()]
    if text.startswith(surface, unit.end()) or before.endswith(surface):
        return True  # 一块一块的
    if _PIECES.match(text, unit.start(1)) or _EATEN.search(before):
        return True
    after = text[unit.end() : unit.end() + 1]
    if number.value != 1 or number.figures or (after and after in "钱二三四五六七八九"):
        return False
    named = word_of_price(text[max(0, number.start - WINDOW) : number.start])
    return named != "price" and not EACH.match(text, unit.end())


def _digit(written: str) -> Decimal:
    return number_of(written) or Decimal(0)


def _one_each(text: str, number: Number) -> bool:
    """卖九十一瓶 is ninety for one, 买九十一瓶 ninety-one of them."""
    if number.figures or number.end - number.start < 2 or text[number.end - 1] != "一" or number.is_range:
        return False
    if not EACH.match(text, number.end - 1) or text[number.end - 2] not in "十二三四五六七八九":
        return False
    return bool(_SOLD.search(text[max(0, number.start - 4) : number.start]))
