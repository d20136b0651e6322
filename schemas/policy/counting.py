"""Which numbers of a text count for severity: boxes are boxes of any name, what one piece costs is no amount."""

import re
from functools import cached_property

from pydantic import Field

from schemas.policy.base import PolicyPart, Words


class Counting(PolicyPart):
    """Words around numbers, matched in folded text. `each_before` and `each_after` count with a unit of `price_per`."""

    box_units: tuple[Words, ...] = ("箱",)
    price_per: tuple[Words, ...] = Field((), description="Units that goods are priced by: 斤, 瓶, box")
    each_before: tuple[Words, ...] = Field((), description="With a unit in front of a price: 每斤12元")
    each_after: tuple[Words, ...] = Field((), description="With a unit behind a price: 12元一斤, 12元/斤, $12 per box")
    no_amount_after: tuple[Words, ...] = Field((), description="A number right behind one is no amount: 单价, 满")

    def is_amount(self, before: str, after: str) -> bool:
        """Whether money with these folded texts around it was spent or asked for, not the price of one piece."""
        return not (self._in_front.search(before) or self._behind.match(after))

    @cached_property
    def _in_front(self) -> re.Pattern[str]:
        each = f"(?:{_any_of(self.each_before)}) ?(?:{_any_of(self.price_per)})"
        return re.compile(rf"(?:{each}|{_any_of(self.no_amount_after)})[要卖是才的只就得价为:,， ]{{0,3}}$")

    @cached_property
    def _behind(self) -> re.Pattern[str]:
        return re.compile(rf" ?(?:{_any_of(self.each_after)}) ?(?:{_any_of(self.price_per)})")


def _any_of(words: tuple[str, ...]) -> str:
    """Nothing matches when there is no word."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or r"(?!)"
