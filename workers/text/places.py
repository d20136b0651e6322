"""Stores, counters, products and models: from the company's own lists, else by the shape of a store's name.

The general names of goods in `goods.txt` tell what a text is about when the company's lists know nothing of it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import ahocorasick_rs

from schemas.matching import matches
from schemas.normalise import fold

_GOODS = Path(__file__).with_name("goods.txt")
_MULTIWORD = ("rice cooker", "washing machine")
_SUFFIX = re.compile(r"店(?![家员铺主长面庆])|门市")
_BEFORE = re.compile(r"[\u3400-\u9fff]+$")
_KINDS_OF_STORE = re.compile(r"(?:广场|分|门|旗舰|专卖)$")
_NOT_IN_A_NAME = re.compile(
    r"(?:在|去|到|于|从|是|的|了|你们|你家|我们|你哋|贵|我|这|那|哪|该|家|某|回|找|来|跟|和|与|把|被|给|向|对|问|说|每|各|个|进|跑|路过|楼下|附近|隔壁|请问|姓|喺|嘅|恁|俺|于|为|上周[一二三四五六日天]|[今昨前后当半]天|[日号晚早月]|反映|投诉|称|谢|赠|求)"
)
_TRADE = re.compile(
    r"(?:网|商|酒|饭|药|饮食|专卖|专营|旗舰|连锁|便利|体验|实体|线下|线上|直营|加盟|直播|超市|鞋|衣服|服装|童装|水果|零食|奶茶|火锅|蛋糕|面包|快餐|小吃|理发"
    r"|美容|宠物|药妆|小卖|洗护|洗衣|母婴|五金|特产|二手|免税|公司|自己|国内|县里|县城|市区|原|活动|楼下|隔壁|那个|首|总|分|开|闭|离|逛|凭什么|什么|哪个|哪家)$"
)
_NO_NAME = re.compile(
    r"什么|啥|咋|怎么|垃圾|破|烂|骗|坑人|坑爹|坑我|坑货|狗屁|鬼|屁|恶心|奇葩|无良|黑心|缺德|奸商|差劲|最差|太差|其[他它]|所有|任[何一意]|相邻|小时"
    r"|希望|举报|忘|调|连|凭|否|惟|只|并|提示|不|没|很|都|也|还|就|才|叫|让|由|因|如|若|请|想|能|会|可|最|这样|迭"
)
_LATIN_STORE = re.compile(r"(?<![a-z])[a-z]{3,15} (?:branch|store|mall)(?![a-z])")
_LATIN_GENERAL = frozenset(
    [
        "the",
        "nice",
        "offline",
        "your",
        "this",
        "that",
        "our",
        "online",
        "every",
        "any",
        "new",
        "another",
        "book",
        "whole",
        "same",
        "local",
        "flagship",
        "which",
    ]
)
_PHONE_WORD = re.compile(r"(?:号|尾|码|[:是为 ]{0,2}[\d幺零一二三四五六七八九*]{3}|短信|app|银行|支付)")
_MODEL = re.compile(r"(?:型号|机型|(?<![a-z])model(?: ?no\.?)?)[:是为 #]{0,3}([a-z0-9][a-z0-9/-]{1,19})(?![a-z0-9])")
_MONEY_IN_IT = re.compile(r"(?:电子|数字|虚拟|微信|支付宝|qq|手机|线上|会员|平台|商城|app)$")
_BOUGHT = re.compile(r"买|购|下单|拍下|订的|收到|发来|寄来|皮|拉链|开线|开胶|掉色|色差|款式|做工|材质|质量|卡位")
_LEFT_BEHIND = re.compile(
    r"[^,。!?;\n]{0,6}(?:落你|失而复得|(?:落|忘|丢|掉)在(?:你|店|超市|商场|收银|柜台|试衣|厕所|卫生间|餐))"
)
_FOUND_AGAIN = re.compile(r"(?:捡到|拾到|归还|交还|遗失)[^,。!?;\n]{0,6}$")
_LONGEST_NAME = 6
_LOOK_BACK = 12
PlaceKind = Literal["store", "product", "model"]


@dataclass(frozen=True, slots=True)
class Place:
    """One name of the company's own lists: how people write it, what it is, and the company's code for it."""

    name: str
    kind: PlaceKind
    code: str


class Catalogue:
    """The company's own names; where several overlap, the leftmost and then the longest counts."""

    def __init__(self, places: Iterable[Place]) -> None:
        """Names are folded; of equal names the first counts, empty ones are left out."""
        self._of: dict[str, Place] = {}
        for place in places:
            if (name := fold(place.name).text.strip()) and name not in self._of:
                self._of[name] = place
        self._places = tuple(self._of.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(self._of), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)

    def find(self, text: str) -> Iterator[tuple[Place, int, int]]:
        """Every listed name in a folded text with its half-open span; Latin names only as whole words."""
        for index, start, end in self._automaton.find_matches_as_indexes(text):
            if _is_whole(text, start, end):
                yield self._places[index], start, end


@cache
def general_goods() -> Catalogue:
    """The general names of goods, without codes."""
    lines = (line for line in _GOODS.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    names = [name for line in lines for name in line.split()]
    return Catalogue(Place(name, "product", "") for name in (*names, *_MULTIWORD))


def named_places(text: str, catalogue: Catalogue | None = None) -> Iterator[tuple[PlaceKind, int, int, str]]:
    """Each place or thing the text names: its field, half-open span, and the company's code or nothing."""
    taken: list[tuple[int, int]] = []
    for place, start, end in catalogue.find(text) if catalogue else ():
        taken.append((start, end))
        yield place.kind, start, end, place.code
    for match in matches(_MODEL, text, ("型号", "机型", "model")):
        if any(map(str.isdigit, match[1])) and all(
            match.end(1) <= first or last <= match.start(1) for first, last in taken
        ):
            yield "model", *match.span(1), ""
    for start, end in _stores(text):
        if all(end <= first or last <= start for first, last in taken):
            taken.append((start, end))
            yield "store", start, end, ""
    for _, start, end in general_goods().find(text):
        if _is_goods(text, start, end) and all(end <= first or last <= start for first, last in taken):
            yield "product", start, end, ""


def _is_goods(text: str, start: int, end: int) -> bool:
    """Whether the name of goods means goods: no telephone number, no wallet of money, nothing lost or found."""
    before, name = text[max(0, start - _LOOK_BACK) : start], text[start:end]
    if name == "手机" and _PHONE_WORD.match(text, end):
        return False
    if name == "钱包" and (_MONEY_IN_IT.search(before) or not _BOUGHT.search(before + text[end : end + _LOOK_BACK])):
        return False
    return not _LEFT_BEHIND.match(text, end) and not _FOUND_AGAIN.search(before)


def _is_whole(text: str, start: int, end: int) -> bool:
    begins = not text[start].isascii() or not text[start - 1 : start].isalnum() or not text[start - 1].isascii()
    after = text[end : end + 1]
    return begins and not (text[end - 1].isascii() and after.isascii() and after.isalnum())


def _is_name(written: str) -> bool:
    """Whether a store's name stands before 店: 南门店 is the shop at the south gate, 门店 any shop."""
    kind = _KINDS_OF_STORE.search(written)
    name = written[: kind.start()] if kind and (kind[0] != "门" or kind.start() != 1) else written
    return 2 <= len(name) <= _LONGEST_NAME and not _TRADE.search(name) and not _NO_NAME.search(name)


def _stores(text: str) -> Iterator[tuple[int, int]]:
    for match in matches(_SUFFIX, text, ("店", "门市")):
        before = _BEFORE.search(text, max(0, match.start() - _LOOK_BACK), match.start())
        if before:
            start = before.start() + max((cut.end() for cut in _NOT_IN_A_NAME.finditer(before[0])), default=0)
            if _is_name(text[start : match.start()]):
                yield start, match.end()
    for match in matches(_LATIN_STORE, text, ("branch", "store", "mall")):
        if match[0].split()[0] not in _LATIN_GENERAL:
            yield match.span()
