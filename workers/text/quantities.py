"""How much of the goods: a number with a unit they are counted or weighed in (三箱, 两斤三两, 2 boxes).

A lone 一个 counts nothing, and neither do times, people, sizes (500ml) or words that only look like a unit (3只要).
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from workers.text.numerals import Number, pieces, plain

_NOT_AFTER = {
    "个": "月小时星礼工人电客店师钟学季年字钱多半回群问门员顾字",
    "只": "要有能是会剩退给好可不到收赔想用发为换",
    "本": "人月店来身子周日次公",
    "包": "装裹邮退括里换赔修",
    "件": "事套",
    "套": "路",
    "对": "面方我不比于他你她待",
    "双": "1十方",
    "提": "货供示前醒出",
    "打": "电开折了过包给算得完车不招",
    "听": "说了到",
    "把": "我他她你钱它人",
    "条": "件评短微信",
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
    *("公斤", "千克", "斤", "克", "吨", "两", "kg"),
    *"箱件袋瓶罐盒包提桶听筐篮捆串卷支枝根条张片粒颗枚只个台部辆套组对双副本册份碗杯盘锅朵株把顶床打板抽块车单",
)
_UNIT = re.compile(
    rf" ?(?:大|小|整)?({'|'.join(_MEASURES)}(?![a-z])"
    r"|(?:small |large |big )?(?:(?:box|bottle|bag|pack|carton|case|pallet|piece|jar|can|unit)(?:e?s)?)(?![a-z]))"
)
_UNIT_STARTS = frozenset("大小整 kbpcju" + "".join(unit[0] for unit in _MEASURES))
_LIANG_NOT = "天次回周个年下三句人口步位家名点"
_HALF = re.compile(r"半(?!个月|天|小时|年|夜)")
_LIANG = re.compile(r"([一二两三四五六七八九\d]{1,2})(?:两|(?=$|[ ,。!?]))")
_ORDINAL = re.compile(r"(?:第|每|/|-|[a-z]|\.|no |公司|号|这|那|哪|同|另|某)$")
_TAKEN = re.compile(
    r"(?:买|购|订|拿|要|囤|退|坏|缺|共|换|发|送|收|到|存|进|给|拆|开|吃|喝|用)(?:了|到|过|的|我)?(?:是|整整|足足)?$"
)
_SINGLE = frozenset(("箱", "打", "斤", "公斤", "千克", "吨", "双", "对", "车"))
_ENGLISH = re.compile(r"(?:small |large |big )")


@dataclass(frozen=True, slots=True)
class Amounting:
    """A quantity at a half-open span of the text; `value` is the number in figures with the unit as written."""

    start: int
    end: int
    value: str
    high: str | None
    is_range: bool


def quantity_at(text: str, number: Number) -> Amounting | None:
    """The quantity that a number of the text is part of; None when it is none."""
    if text[number.end : number.end + 1] not in _UNIT_STARTS or number.end == len(text):
        return None
    if _ORDINAL.search(text[max(0, number.start - 3) : number.start]):
        return None
    unit = _UNIT.match(text, number.end)
    if unit and not number.figures and text[number.end] == " ":
        return None
    if unit is None or (text[unit.end() : unit.end() + 1] in _NOT_AFTER.get(unit[1], "") and unit.end() < len(text)):
        return None
    return _counted(text, number, unit)


def _counted(text: str, number: Number, unit: re.Match[str]) -> Amounting | None:
    name, value, stop = unit[1], number.value, unit.end()
    if name == "两" and (text[stop : stop + 1] in _LIANG_NOT or number.high):
        return None
    if value == 1 and number.high is None and not number.figures and name not in _SINGLE:
        return None
    if name in {"斤", "公斤", "千克"} and not number.is_range:
        if half := _HALF.match(text, stop):
            value, stop = value + Decimal("0.5"), half.end()
        elif name == "斤" and (rest := _LIANG.match(text, stop)):
            value, stop = value + (sum(piece.value for piece in pieces(rest[1])) or Decimal(rest[1])) / 10, rest.end()
    name = _ENGLISH.sub("", name)
    high = f"{plain(number.high)}{name}" if number.high is not None else None
    gap = " " if name.isascii() and name != "kg" else ""
    return Amounting(number.start, stop, f"{plain(value)}{gap}{name}", high, number.is_range)
