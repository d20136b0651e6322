"""People with names, telephones, addresses and customer numbers, made of dice."""

from collections.abc import Callable
from random import Random

from deploy.training.stream.model import Person
from deploy.training.stream.settings import StreamSettings

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英建华文玲志国红梅海燕晓东雪峰宇婷浩然子轩佳怡思远欣悦春兰秋菊冬青"
_PREFIXES = (
    "135",
    "136",
    "137",
    "138",
    "139",
    "150",
    "151",
    "152",
    "158",
    "159",
    "176",
    "177",
    "180",
    "186",
    "188",
    "189",
)
_DOMAINS = ("qq.com", "163.com", "126.com", "sina.com", "outlook.com", "foxmail.com", "gmail.com")
_LATIN = ("wang", "li", "zhang", "chen", "mei", "tao", "sunny", "xiaoyu", "lucky", "hai", "bear", "momo", "dada", "lin")


class Town:
    """Everybody who ever writes; makes new people and remembers them. Values are never given twice."""

    def __init__(self, settings: StreamSettings, dice: Random) -> None:
        self._settings, self._dice = settings, dice
        self._taken: set[str] = set()
        self._family_phones: list[str] = []
        self.people: list[Person] = []

    def newcomer(self, *, phone: str | None = None) -> Person:
        """Somebody who has never written; with `phone`, somebody of the family that has it."""
        dice, rates, number = self._dice, self._settings, len(self.people)
        family = phone or self._family_phone()
        own = family or self.phone()
        given = "".join(dice.choice(_GIVEN) for _ in range(dice.choice((1, 2, 2))))
        made = Person(
            number=number,
            surname=dice.choice(_SURNAMES),
            given=given,
            honorific=dice.choice(("先生", "女士")),
            phone=own,
            second_phone=self.phone() if dice.random() < rates.second_phone else None,
            email=self._new(self._email),
            openid=self._new(lambda: "o" + "".join(dice.choices(_OPENID, k=27))),
            customer_no=self._new(lambda: f"VIP{dice.randrange(10**8):08d}") if dice.random() < rates.bound else None,
            script=dice.choices(
                ("hant", "en", "hans"), (rates.traditional, rates.english, 1 - rates.traditional - rates.english)
            )[0],
        )
        self.people.append(made)
        return made

    def anybody(self) -> Person | None:
        """Somebody who has written before, the recent ones more often; None at the beginning."""
        if not self.people:
            return None
        return self.people[-1 - int(len(self.people) * self._dice.random() ** 2 * 0.999)]

    def phone(self) -> str:
        """A mobile number nobody has."""
        return self._new(lambda: self._dice.choice(_PREFIXES) + f"{self._dice.randrange(10**8):08d}")

    def _family_phone(self) -> str | None:
        if self._dice.random() >= self._settings.family_phone:
            return None
        if self._family_phones and self._dice.random() < 0.5:
            return self._family_phones.pop()
        self._family_phones.append(self.phone())
        return self._family_phones[-1]

    def _email(self) -> str:
        dice = self._dice
        return f"{dice.choice(_LATIN)}{dice.choice(_LATIN)}{dice.randrange(10**4)}@{dice.choice(_DOMAINS)}"

    def _new(self, draw: Callable[[], str]) -> str:
        while (value := draw()) in self._taken:
            continue
        self._taken.add(value)
        return value


_OPENID = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
