"""How much of the goods: a number with a unit they are counted or weighed in (三箱, 两斤三两, 2 boxes).

`deploy/training/data/FIELDS.md` says what is counted. Times, people, papers of evidence, sizes (500ml) and words that
only look like a unit (3只要) are no quantities; a lone 一 mostly is an article, see `ones`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from schemas.matching import matches
from workers.text.counted import HALF, HEAVY, counts_goods
from workers.text.numerals import Number, number_of, plain

_NOT_AFTER = {
    "个": "月小时星礼工人电客店师钟学季年字钱多半回群问门员顾字",
    "只": "要有能是会剩退给好可不到收赔想用发为换",
    "本": "人月店来身子周日次公",
    "包": "装裹邮退括里换赔修",
    "件": "事套",
    "套": "路餐",
    "对": "面方我不比于他你她待",
    "双": "1十方",
    "提": "货供示前醒出起交",
    "打": "电开折了过包给算得完车不招三四五六七八九",
    "听": "说了到一我是",
    "把": "我他她你钱它人",
    "条": "件评短微信缝街促消",
    "张": "口",
    "台": "阶",
    "部": "分门",
    "份": "额",
    "组": "织",
    "板": "车砖",
    "盒": "马",
    "根": "本据",
    "单": "号独位元位身反",
    "排": "队",
    "克": "服",
    "斤": "",
    "串": "味",
    "车": "间位库牌祸",
    "片": "面区",
    "支": "付持",
    "卷": "入",
    "枚": "",
    "顶": "多",
    "块": "",
}
_MEASURES = (
    *("公斤", "千克", "斤", "克", "吨", "两", "kg", "g"),
    *"箱件袋瓶罐盒包提桶听筐篮捆串卷支枝根条张片粒颗枚只个台部辆套组对双副本册份碗杯盘锅朵株棵坛盆幅样把顶床打板抽块车扇笼屉排",
)
_UNIT = re.compile(
    rf" ?(?:大|小|整)?((?:{'|'.join(_MEASURES)})(?![a-z])"
    r"|(?:small |large |big )?"
    r"(?:(?:box|bottle|bag|pack|packet|carton|case|crate|pallet|piece|portion|jar|can|tin|roll|set|unit)(?:e?s)?)"
    r"(?![a-z]))"
)
_UNIT_STARTS = frozenset("大小整 gkbpcjutrs" + "".join(unit[0] for unit in _MEASURES))
_LIANG_NOT = "天次回周个年下三句人口步位家名点支件盒瓶桶袋只张本份台双条包秒样种边"
_LIANG = re.compile(r"([一二三四五六七八九\d])(?:两|(?=$|[ ,。!?、;:)])|(?<=[二三四五六七八九])(?=[是的了]))")
_ORDINAL = re.compile(r"(?:第|[/.-]|[\da-z]:|[a-z]|no |公司|号|哪|某)$")
_GUARANTEE = re.compile(r"三包(?:期|义务|有效|责任|规定|政策|凭证|内)|(?:不予?|履行|享受|国家)三包")
_PRICED = re.compile(r"[\d元块毛蚊角钱十百千万]$|[十百千块][一二三四五六七八九]$")
_HALVED = HEAVY | frozenset("箱打袋盒瓶罐桶包")
_FIGURE = re.compile(r" ?(?:\d|[二三四五六七八九十](?!两)|[一两]百)|不差|都不")
_ENGLISH_NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "a dozen": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "a hundred": 100,
}  # fmt: skip
_ENGLISH_UNITS = (
    "boxes",
    "bottles",
    "bags",
    "packs",
    "cartons",
    "cases",
    "pallets",
    "pieces",
    "jars",
    "cans",
    "units",
    "pairs",
    "kilos",
    "pounds",
    "portions",
    "packets",
    "tins",
    "crates",
    "rolls",
    "sets",
)
_COMPOUND = "(?:twenty|thirty|forty|fifty)-(?:one|two|three|four|five|six|seven|eight|nine)"
_ENGLISH_COUNT = re.compile(
    rf"(?<![a-z-])({'|'.join(_ENGLISH_NUMBERS)}|{_COMPOUND}) (?:small |large |big )?"
    rf"({'|'.join(_ENGLISH_UNITS)})(?![a-z])"
)
_ENGLISH = re.compile(r"(?:small |large |big )")


@dataclass(frozen=True, slots=True)
class Count:
    """A quantity at a half-open span of the text; `value` is the number in figures with the unit as written."""

    start: int
    end: int
    value: str
    high: str | None
    is_range: bool


def quantity_at(text: str, number: Number) -> Count | None:
    """The quantity that a number of the text is part of; None when it is none."""
    if text[number.end : number.end + 1] not in _UNIT_STARTS or number.end == len(text):
        return None
    if _ORDINAL.search(text[max(0, number.start - 3) : number.start]):
        return None
    unit = _UNIT.match(text, number.end)
    if unit and not number.figures and text[number.end] == " ":
        return None
    if unit is None or _is_another_word(text, unit):
        return None
    return _counted(text, number, unit)


def _is_another_word(text: str, unit: re.Match[str]) -> bool:
    """两个月, 100只要: what stands behind makes another word of the unit; 6个月饼 stays one."""
    after = text[unit.end() : unit.end() + 1]
    return bool(after) and after in _NOT_AFTER.get(unit[1], "") and not text.startswith("月饼", unit.end())


def english_counts(text: str) -> Iterator[Count]:
    """Quantities with the number in English words: two bottles, a dozen eggs."""
    for match in matches(_ENGLISH_COUNT, text, _ENGLISH_UNITS):
        tens, _, ones = match[1].partition("-")
        number = _ENGLISH_NUMBERS[tens] + _ENGLISH_NUMBERS.get(ones, 0)
        yield Count(*match.span(), f"{number} {match[2]}", None, False)


def _counted(text: str, number: Number, unit: re.Match[str]) -> Count | None:
    name, value, stop = unit[1], number.value, unit.end()
    if name == "两" and (number.high or text.startswith(tuple(_LIANG_NOT), stop)):
        return None
    if not value or _is_said_otherwise(text, number, unit) or not counts_goods(text, number, name, stop):
        return None
    if name in {"斤", "两", "公斤", "千克", "箱", "盒", "袋"} and not number.is_range:
        if half := HALF.match(text, stop):
            value, stop = value + Decimal("0.5"), half.end()
        elif name in {"斤", "两", "公斤"} and (rest := _LIANG.match(text, stop)):
            value, stop = value + (number_of(rest[1]) or Decimal(0)) / 10, rest.end()
    name = _ENGLISH.sub("", name)
    high = f"{plain(number.high)}{name}" if number.high is not None else None
    gap = " " if name.isascii() and name not in HEAVY else ""
    return Count(number.start, stop, f"{plain(value)}{gap}{name}", high, number.is_range)


def _is_said_otherwise(text: str, number: Number, unit: re.Match[str]) -> bool:
    """一瓶一瓶地, 8块一斤, 三包义务: words in which nothing is counted."""
    surface = text[number.start : unit.end()]
    if surface == "三包":
        return bool(_GUARANTEE.search(text[max(0, number.start - 4) : unit.end() + 3]))
    if number.value != 1 or number.figures or number.high is not None:
        return number.value < 1 and unit[1] not in _HALVED
    if unit[1] in HEAVY and _FIGURE.match(text, unit.end()):
        return True
    before = text[max(0, number.start - 2) : number.start]
    return text.startswith(surface, unit.end()) or before == surface or bool(_PRICED.search(before))
