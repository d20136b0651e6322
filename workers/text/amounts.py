"""Amounts of money: with a currency, or bare where the words around tell that money is meant (满100减30, 卖59).

A multiplier (三倍, 八折, 50%), an age, a time or a number of goods is no amount: a bare number counts only between
words of price, and never in front of a unit.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import ahocorasick_rs

from workers.text.numerals import Number, number_of
from workers.text.places import general_goods

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
_EACH = re.compile(
    r" ?(?:一|每|/)(?:[个只件箱袋瓶罐盒包提斤条张台部套双本份碗杯盘支枝根颗粒片朵把桶块串卷米对板笼屉扎捆筐床]|公斤)"
    r"|两[支件个盒桶瓶](?!一)"
)
_PER = re.compile(
    r"(?:[一每][个只件箱袋瓶罐盒包斤条张台套双本份碗杯盘支根颗片把桶块串碗挂年月期笔板笼屉扎捆筐床]|每个月|两[盒瓶件支]|[两二三四五六七八九十\d]张|单价|每张|每期)$"
)
_SOLD = re.compile(r"(?:卖|写|标|收|要价|涨到|降到|一[个斤克瓶盒]|以为)(?:了|的|成|到)?$")
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
_NOTHING = re.compile(r"一[毛分]钱?(?:都|也)?[没不]")
_WINDOW = 12
_NEAR = 8
_MOST = Decimal(10_000_000)


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
    if _is_bare_amount(text, number):
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
    named = _word_of_price(text[max(0, number.start - _WINDOW) : number.start])
    return named != "price" and not _EACH.match(text, unit.end())


def _digit(written: str) -> Decimal:
    return number_of(written) or Decimal(0)


def _is_bare_amount(text: str, number: Number) -> bool:
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
    before = text[max(0, number.start - _WINDOW) : number.start]
    if _NO_PRICE.search(before[-_NEAR:]) or _is_dialled(number, before) or _is_age(text, number, before):
        return False
    is_year = number.value in _YEARS
    named = _word_of_price(before)
    if named == "price" or _EACH.match(text, number.end) or _PER.search(before[-_NEAR:]):
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


def _word_of_price(before: str) -> str:
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


def _one_each(text: str, number: Number) -> bool:
    """卖九十一瓶 is ninety for one, 买九十一瓶 ninety-one of them."""
    if number.figures or number.end - number.start < 2 or text[number.end - 1] != "一" or number.is_range:
        return False
    if not _EACH.match(text, number.end - 1) or text[number.end - 2] not in "十二三四五六七八九":
        return False
    return bool(_SOLD.search(text[max(0, number.start - 4) : number.start]))


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
