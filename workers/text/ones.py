"""Whether 一 with a counting word counts: mostly it is an article (买了一箱牛奶), as `half of a container` is.

The three cases in which it counts are those of `deploy/training/data/FIELDS.md`: behind a word of counting (漏发一盒),
beside another number with the same counting word (四根桌腿只有一根长), and where it closes its clause (跑步机一台，).
"""

import re
from functools import lru_cache

_VERB = (
    r"(?:能用|想[要买]|收到|拿到|补发|漏发|发|送|给|收|有|到|拿|装|用|买|剩|寄|来|放|塞|配|要|算|扣|卖|吃|喝|打|取|下|赔|退|出|见|付|带|做"
    r"|是|想)"
)
_COUNTING = re.compile(rf"(?:[少缺漏差多只仅就才剩限])(?:{_VERB}{{0,2}}(?:了|到|的|过|出|进|我|你|俺|咗)?)$")
_LACKING = re.compile(rf"[少缺漏差](?:{_VERB}?(?:了|到|我|你|俺|咗)?)$")
_IDIOMS = re.compile(r"(?:[同每这那哪某任头第统下上]|[这那]么|如|不少|至少|差不多|多少|减少|不[差缺])$")
_WISHED = re.compile(r"(?:换|重[寄发做开配]|再[来给]|挑|找|来)(?:我|我们|你|过)?$")
_PRICED = re.compile(
    r"[\d元块毛角蚊钱十百千万斤两克]$|[十百千块][一二三四五六七八九]$|[一两二三四五六七八九][只件个条]$"
)
_PRICE = re.compile(r" ?(?:写|卖|标|要|收|才|就)?[\d¥$二三四五六七八九十]|一百|两百")
_EXACT = re.compile(r"(?:都|也)?不[差少]")
_CLOSED = re.compile(r"$|[,.。!?！？、;:：；\n(（)）\"”」』]|[了呢啊吧](?:$|[,.。!?;\n])")
_SPOTS = frozenset("个块片条把听提样部顶幅车抽板排串打")
_PIECES = frozenset("块片条")
_NEAR = 80


def counts_one(text: str, start: int, stop: int, unit: str, *, names_goods: bool) -> bool:
    """Whether 一 or 半 at `start` with its unit up to `stop` counts goods; `names_goods`: goods stand beside it."""
    if unit == "打":
        return True
    before = text[max(0, start - 8) : start]
    if _IDIOMS.search(before) or _PRICED.search(before):
        return False
    if _PRICE.match(text, stop) or _EXACT.match(text, stop):
        return False
    if unit == "个":
        return bool(_LACKING.search(before)) or (names_goods and bool(_COUNTING.search(before)))
    if _COUNTING.search(before) and (unit not in _PIECES or names_goods or _LACKING.search(before)):
        return True
    if _WISHED.search(before):
        return False
    if unit not in _SPOTS and _CLOSED.match(text, stop):
        return True
    return unit != "把" and _other_count(unit).search(text, max(0, start - _NEAR), stop + _NEAR) is not None


@lru_cache(maxsize=256)
def _other_count(unit: str) -> re.Pattern[str]:
    """A number other than one with the same counting word; ordinals and prices for one are none."""
    return re.compile(
        rf"(?<![第元块\d.])(?:(?:\d*[02-9]|[1-9]\d*1)|[二两三四五六七八九十百]) ?[大小整]?{unit}(?![\d/])"
    )
