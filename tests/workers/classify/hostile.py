"""Texts that want to break or slow down whoever reads them: huge, endless, invisible, right to left, pattern bombs."""

import random
from collections.abc import Iterator

MEGABYTE = 1_000_000

_LETTERS = "的 a 1 0 ９ 一 百 万 元 ¥ - * . , ， aA aaaa, é e\u0301 ß İ ﬁ ㎏ ﷺ \ufdfa 𝕏 𠀀 \ud7ff"
_INVISIBLE = "\ufe0f \u200b \u200f \u202e \u2066 \u0301 \x1b[2J \x00 😡 👨‍👩‍👧‍👦 🇨🇳"
_WORDS = (
    "不是 没有 过期 虫吃 吃虫 昨天 退款 客服不 但是 ，但 孩子吃 头发饭 三箱 一百 12月 2026-1 1元 1,000 $1, 138 1380013"
)
_CODE = "订单号 订单号1 批号a orderno lot a@ http:// <b> { }} ((( [[ \\ ' \" %s ${ ；--"
_UNITS = (
    *" ".join((_LETTERS, _INVISIBLE, _WORDS, _CODE)).split(" "),
    *(" ", "\n", "\t", "\r\n", "\u2028", "order no "),
)
"""What is said over and over."""

_ALPHABET = (
    "的一是不了在有我他这个们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多"
    "退款货物流服务态度价格质量过期虫吃喝孩子医院订单客服店员师傅电梯厕所快递骑手券积分发票会员元块斤箱"
    "abcdefghijklmnopqrstuvwxyz0123456789 ,.!?，。！？、；：“”（）\n\t\u200b\u202e\u0301😡🤮👶¥$%&@#*-_=+/\\'\"{}[]<>"
)


def hostile() -> Iterator[str]:
    """A megabyte of each unit, and everything at once."""
    for unit in _UNITS:
        yield (unit * (MEGABYTE // len(unit) + 1))[:MEGABYTE]
    yield "".join(_UNITS) * 2_000
    yield "".join(map(chr, range(0x110000 - 1)))[:MEGABYTE].encode("utf-8", "ignore").decode()
    yield "1" * 4_000 + "元"
    yield "订单号" + "-" * 3_000 + "1"
    yield "不" * 2_000 + "过期" * 1_000
    yield "过期，" * 1_300


def mixed(count: int, seed: int) -> Iterator[str]:
    """So many texts of random length: letters of all sorts, units repeated, both cut anywhere."""
    draw = random.Random(seed)
    for _ in range(count):
        parts = []
        for _ in range(draw.randint(1, 6)):
            how = draw.random()
            if how < 0.5:
                parts.append("".join(draw.choices(_ALPHABET, k=draw.randint(0, 200))))
            elif how < 0.8:
                parts.append(draw.choice(_UNITS) * draw.randint(1, 400))
            else:
                points = (
                    draw.choice((0x80, 0x800, 0x3000, 0x4E00, 0xAC00, 0x1F300)) + draw.randrange(300) for _ in range(60)
                )
                parts.append("".join(map(chr, points)))
        yield "".join(parts)
