"""Related complaints as web clients post them: one incident told several times, several incidents, several people."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, cycle
from typing import Any

_BROKEN = (
    "买的电饭煲用了两天就坏了，煮饭的时候冒烟，要求退货",
    "电饭煲才用两天，煮饭的时候冒烟坏了，我要求退货退款",
    "我在你们那里买的电饭煲，用了两天，煮饭时冒烟，坏了，要退货",
)
_SPOILT = (
    "昨天买的酸奶开盖就发霉了，有一股酸臭味，要求退款",
    "酸奶一开盖就看到发霉，酸臭味很重，要求退款",
    "酸奶发霉了，开盖一股酸臭味，给我退款",
)
_LATE = (
    "快递晚到了五天，箱子压坏了，里面的杯子也碎了",
    "晚到五天，箱子是压坏的，杯子碎了",
    "快递箱子压坏，杯子碎了，还晚到了五天",
)
_PROBLEMS = (_BROKEN, _SPOILT, _LATE)
_ASKS = "我的投诉处理得怎么样了，怎么还没有人联系我"
_AGAIN = "又买到这样的，这是第二次了，同样的问题又出现"
_NAMES = "张王李赵陈刘杨黄周吴"


@dataclass(frozen=True, slots=True)
class Letter:
    """One complaint to be posted; `token` makes its e-mail address and idempotency key, nobody else's."""

    token: str
    text: str
    phones: tuple[str, ...]
    name: str
    order_no: str | None = None
    batch_no: str | None = None
    proven: bool = False
    """Whether the client that posts has proven the customer's telephone, the last of `phones`."""

    @property
    def address(self) -> str:
        """Where its acknowledgement goes."""
        return f"{self.token}@customers.example"

    def body(self) -> dict[str, Any]:
        """As it is posted."""
        sender: dict[str, Any] = {"name": self.name, "phones": list(self.phones), "emails": [self.address]}
        if self.proven:
            sender["proofs"] = {self.phones[-1]: "otp"}
        stated = {"order_no": self.order_no, "batch_no": self.batch_no}
        return {"text": self.text, "sender": sender, "stated": {key: one for key, one in stated.items() if one}}


Story = tuple[Letter, ...]


@dataclass(slots=True)
class Writer:
    """Writes the letters of one story. No two stories share an identifier, so that none is about another's people."""

    name: str
    number: int

    def letter(self, place: int, text: str, *, person: int = 0, **facts: Any) -> Letter:
        """One letter of a person, who gives another telephone first each time: it comes on another partition."""
        own = f"+86139{self._digits(person, 9)}"
        other = f"+86158{self._digits(place, 8)}"
        phones = (own,) if place == 0 else (other, own)
        name = f"{_NAMES[(self.number + person) % len(_NAMES)]}伟"
        return Letter(f"{self.name}{self.number:04d}x{place}", text, phones, name, **facts)

    def order(self, which: int = 0) -> str:
        """An order number of this story; none is another with one key mistyped."""
        return f"A{sum(self.name.encode()) % 1000:03d}{self.number:05d}{which}{which}{which}"

    def words(self) -> tuple[str, ...]:
        """One problem in three wordings."""
        return _PROBLEMS[self.number // 4 % len(_PROBLEMS)]

    def _digits(self, which: int, of: int) -> str:
        return f"{sum(self.name.encode()) % 10}{self.number:05d}{which}{of}"


def told_three_times(write: Writer) -> Story:
    """One person, one order, three wordings."""
    return tuple(
        write.letter(place, text, order_no=write.order(), proven=True) for place, text in enumerate(write.words())
    )


def asked_after(write: Writer) -> Story:
    """Told, and asked after with the order number."""
    return (
        write.letter(0, write.words()[0], order_no=write.order(), proven=True),
        write.letter(1, _ASKS, order_no=write.order(), proven=True),
    )


def two_orders(write: Writer) -> Story:
    """The same trouble of one person with two orders."""
    return tuple(write.letter(place, write.words()[place], order_no=write.order(place)) for place in range(2))


def with_a_stranger(write: Writer) -> Story:
    """One person tells twice; somebody else, with another telephone, names the same order."""
    first, second, third = write.words()
    return (
        write.letter(0, first, order_no=write.order(), proven=True),
        write.letter(1, second, person=1, order_no=write.order()),
        write.letter(2, third, order_no=write.order(), proven=True),
    )


def same_words(write: Writer) -> Story:
    """The same words again from the same proven telephone; nothing names an order."""
    return tuple(write.letter(place, write.words()[0], proven=True) for place in range(2))


def victims_of_a_batch(write: Writer) -> Story:
    """Three people with the same trouble from one batch."""
    batch = f"20261{write.number:05d}"
    return tuple(
        write.letter(place, text, person=place, order_no=write.order(place), batch_no=batch)
        for place, text in enumerate(write.words())
    )


def asked_without_a_number(write: Writer) -> Story:
    """Told with an order number, and asked after without."""
    told = write.letter(0, write.words()[0], order_no=write.order(), proven=True)
    return told, write.letter(1, _ASKS, proven=True)


def happened_again(write: Writer) -> Story:
    """Told twice; then it happens again, with another order; then somebody asks."""
    first, second, third = write.words()
    return (
        write.letter(0, first, order_no=write.order(), proven=True),
        write.letter(1, second, proven=True),
        write.letter(2, f"{_AGAIN}，{third}", order_no=write.order(1), proven=True),
    )


BY_IDENTIFIERS: tuple[Callable[[Writer], Story], ...] = (
    told_three_times,
    asked_after,
    two_orders,
    with_a_stranger,
    same_words,
    victims_of_a_batch,
)
"""Stories of which every two letters are together or apart by order number and telephone, whichever comes first."""
ALL = (*BY_IDENTIFIERS, asked_without_a_number, happened_again)


def stories(name: str, kinds: tuple[Callable[[Writer], Story], ...]) -> Iterator[Story]:
    """One story after the other, of each kind in turn, without end."""
    return (kind(Writer(name, number)) for number, kind in zip(count(), cycle(kinds), strict=False))
