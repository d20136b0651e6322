"""Whether a bare number is a price, by the words around it: 满100减30, 卖59, 三十六的牛肉饭.

An age, a time, a size, a number that is dialled or one in front of a unit is none.
"""

import re
from decimal import Decimal
from functools import cache
from pathlib import Path

import ahocorasick_rs

from workers.text.numerals import Number
from workers.text.places import general_goods

_OTHER_UNITS = frozenset(
    "个只件箱袋瓶罐盒包提斤克公毫升米厘平方天日号月年周次遍回趟秒点小时刻岁度倍折成%楼栋单元位名人口条台部辆套组双副本册份碗"
    ":：杯盘支枝根颗粒枚片朵把顶床码抽篇页道段字星级届期代寸匹种款样门声家间所座站户路圈步脚些轮来几第-/.~°℃*x×吨听板串"
    "卷排桶筐篮捆扎盆场桌层集节课班胎档式英海号v分行首难辈"
)
_WORDS = Path(__file__).with_name("prices.txt")


def _listed(name: str) -> list[str]:
    """The words of one kind, the longest first."""
    rows = (line.split("\t") for line in _WORDS.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return sorted((word for kind, words in rows if kind == name for word in words.split()), key=len, reverse=True)


_FILLER = re.compile(
    r"(?:了|着|的|是|到|成|为|我|俺|你|您|他|她|掉|走|去|回|出|俩|两遍|两次|两笔|两回"
    r"|个|遍|得|进|进去|给|那|说|上|在|大约|约|大概|差不多|up|me|you|at|is|was|of|only|:|,|“|\"| )"
    r"{0,4}"
)
_MONEY_SIGNS = _listed("money")
_NO_PRICE = re.compile(
    r"(?:第|百分之|尾号|号|型号|编号|积分|评分|分数|体重|身高|血压|血糖|年纪|飙到|单元|水银的?一量|一直|末[三四]位|订单|国标|页|快门|密码|房间?"
    r"|级别|版本|系数|前|快|近|约|top|app|no|\d转|分机) ?(?:是|到|成|了|:|才|就|只有)?$|[:a-z./*x×#_~-]$"
)
_AGED = re.compile(r"(?:今年|年近|年过|虚岁|高龄)(?:都|快|已经|已)?$")
_OFFER = re.compile(r" ?(?:免|送|赠)(?:费)? ?[\d一二三]")
_OLD = re.compile(r"(?:[我你您他她]|[爸妈爹娘爷奶公婆伴人]|父亲|母亲|一个)(?:都|已经?|快)?$")
_OLD_AFTER = re.compile(r"了|的(?:人|老|奶|爷|婆)|多岁")
_CALLED = re.compile(r"(?:被|叫了?|呼叫?|喊了?)$")
_DIALLED = re.compile(r"(?:打|拨|按|扣|回复?|选|找|向|到|给|联系|致电|举报到?|投诉到?)了? ?$")
_SERVICE_NUMBER = re.compile(r"12(?:315|345|333|318|365|369|388|339)|95\d{3}|96\d{3,4}|100(?:00|10|86)|400\d{7}")
"""Hotlines of authorities, banks and carriers in mainland China: a number to be dialled, never a price."""
_ACTED = re.compile(
    r" ?[^\d次个天年分里路,。% ]{0,3}(?:费|券|面值|套餐)|路费|"
    r" ?(?:减|抵|充了|送|返|买的|买了|打折|之间|左右|上下|整|一分不少|不是小数|只给我|块|双人餐)"
)
EACH = re.compile(
    r" ?(?:一|每|/)(?:[个只件箱袋瓶罐盒包提斤条张台部套双本份碗杯盘支枝根颗粒片朵把桶块串卷米对板笼屉扎捆筐床]|公斤)"
    r"|两[支件个盒桶瓶](?!一)"
)
_PER = re.compile(
    r"(?:[一每][个只件箱袋瓶罐盒包斤条张台套双本份碗杯盘支根颗片把桶块串碗挂年月期笔板笼屉扎捆筐床]|每个月|两[盒瓶件支]|[两二三四五六七八九十\d]张|单价|每张|每期)$"
)
_AGE_OR_COUNT = re.compile(r"里路?[ ,。往返]|分贝|以内|万粉")
_AS_NUMBER = re.compile(r"[十百千万亿拾佰仟]")
_SHORT_NUMBERS = frozenset((110, 119, 120, 122, 12315, 12345, 12333))
_NO_END = frozenset("处瓦毫民刑消")
_FROM = re.compile(r"(?:[从去至]|跳到)$")
_GOODS_BEHIND = 6
_MEASURED_NEAR = 40
_SHORTENED = re.compile(r"[一二两三四五六七八九][百千万][一二三四五六七八九]")
_MEASURED = re.compile(
    r"血压|高压|低压|心跳|体重|身高|血糖|温度|调|叫到|跳|度|烧|脉|[我他她俺]$|重|一直|号|斤|称|功率|转速|毫安|页|名|楼|桌|克|步|秤"
)
_SIZED = re.compile(r"的?[^,。]{0,3}(?:鞋|靴|电视|裤|衣|屏|显示器|戒|帽|轮胎|胎|码|寸)")
_ENDS = frozenset(' ,。.!?、;呢哪哦啊的了)"”也就')
_YEARS = range(1990, 2036)
WINDOW = 12
_NEAR = 8
_MOST = Decimal(10_000_000)


def is_price(text: str, number: Number) -> bool:
    """Whether a number without a unit is a price by the words around it or by its form (19.8, 三百六)."""
    after = text[number.end : number.end + 1]
    written = text[number.start : number.end]
    if _is_small_word(number, written) or number.value > _MOST or (after.isascii() and after.isalnum()):
        return False
    if text.startswith(("积分", "分积分"), number.end) or (number.value < 10 and _OFFER.match(text, number.end)):
        return False
    acted = _ACTED.match(text, number.end)
    if after and after in _OTHER_UNITS and not acted:
        return False
    before = text[max(0, number.start - WINDOW) : number.start]
    if _NO_PRICE.search(before[-_NEAR:]) or _is_dialled(number, before) or _is_age(text, number, before):
        return False
    is_year = number.value in _YEARS
    named = word_of_price(before)
    if named == "price" or EACH.match(text, number.end) or _PER.search(before[-_NEAR:]):
        return not (number.figures and is_year and not named)
    if after == "的" and _buys_goods(text, number):
        return not is_year
    if not any(map(text.__contains__, _MONEY_SIGNS)):
        return _sounds_like_price(text, number)
    if "." in written or (not number.figures and number.value >= 100 and number.value % 10_000):
        return not _AGE_OR_COUNT.match(text, number.end)
    if named or acted or ((not after or after in _ENDS) and _stands_behind_goods(number, before)):
        return not is_year
    return not is_year and _is_plain_figure(number, before, after)


def _buys_goods(text: str, number: Number) -> bool:
    """三十六的牛肉饭: a number with 的 and the name of goods behind it, unless it may be their size."""
    stop = number.end
    if number.value < 20 or (number.value < 100 and _SIZED.match(text, stop)):
        return False
    return any(begin == 0 for _, begin, _ in general_goods().find(text[stop + 1 : stop + 1 + _GOODS_BEHIND]))


def _is_plain_figure(number: Number, before: str, after: str) -> bool:
    """Where a text is about money a figure is a sum, unless it counts or measures something."""
    ends = not after or after in _ENDS or not (number.scaled or after in _NO_END or _FROM.search(before))
    return number.figures and 10 <= number.value < 100_000 and ends


def _stands_behind_goods(number: Number, before: str) -> bool:
    """支架二十九, 双层蒸锅139: the name of goods and a number that ends its clause, unless it may be their size."""
    if number.value < 20 or (number.value < 100 and _SIZED.search(before[-_GOODS_BEHIND:])):
        return False
    near = before[-_GOODS_BEHIND:]
    return any(end == len(near) for _, _, end in general_goods().find(near))


def _sounds_like_price(text: str, number: Number) -> bool:
    """一百五, 两千八: hundreds with the tens said without their unit are money where nothing of a body is spoken of."""
    if number.figures or number.is_range or not _SHORTENED.fullmatch(text, number.start, number.end):
        return False
    return not _MEASURED.search(text, max(0, number.start - _MEASURED_NEAR), number.start)


def word_of_price(before: str) -> str:
    """The kind of the word of price that ends a piece of text, with only small words behind it; empty without one."""
    automaton, kinds = _price_words()
    found = ""
    for index, _, end in automaton.find_matches_as_indexes(before, overlapping=True):
        if _FILLER.fullmatch(before, end) and found != "price":
            found = kinds[index]
    return found


@cache
def _price_words() -> tuple[ahocorasick_rs.AhoCorasick, tuple[str, ...]]:
    kinds = {word: kind for kind in ("near", "price") for word in _listed(kind)}
    return ahocorasick_rs.AhoCorasick(list(kinds)), tuple(kinds.values())


def _is_age(text: str, number: Number, before: str) -> bool:
    """今年八十二, 我妈八十一了: said so, a number below 120 is an age."""
    if number.figures or number.value >= 120:
        return False
    is_old = number.value >= 60 and _OLD.search(before) and _OLD_AFTER.match(text, number.end)
    return bool(is_old or _AGED.search(before))


def _is_dialled(number: Number, before: str) -> bool:
    """扣1, 按2, 打120, 找12315: what is typed or dialled."""
    if number.figures and _SERVICE_NUMBER.fullmatch(f"{number.value:f}"):
        return True
    if number.figures and number.value in _SHORT_NUMBERS and _CALLED.search(before):
        return True
    return (number.value < 10 or number.value in _SHORT_NUMBERS) and bool(_DIALLED.search(before))


def _is_small_word(number: Number, written: str) -> bool:
    """一, 两, 十, 五六, 零三: spoken numbers that nearly always count or name something else."""
    if number.figures:
        return False
    return not _AS_NUMBER.search(written) or (number.value <= 10 and number.high is None)
