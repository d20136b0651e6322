"""The sender's own values, prepared once for all the texts of a complaint, however the texts space them."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter

from schemas.masking.contact import HIDDEN, mask_address, mask_email, mask_name, mask_phone
from schemas.masking.finding import Finding, Reading
from schemas.masking.squeezed import Squeezed
from schemas.normalise import fold

_EVERYBODY = frozenset(
    ["顾客", "客户", "用户", "匿名", "匿名用户", "微信用户", "消费者", "先生", "女士", "客服", "customer", "anonymous"]
)
_SHORTEST_NUMBER, _SHORTEST_WORD = 5, 2
_DIGITS_OF = re.compile(r"\d+")
_LETTERS_OF = re.compile(r"[^\W_]+")
_OUR_COUNTRY = re.compile(r"^0*86(?=1\d{10}$)")
_UNSPACED: Callable[[Reading], Squeezed] = attrgetter("unspaced")
_LETTERS: Callable[[Reading], Squeezed] = attrgetter("letters")
_DIGITS: Callable[[Reading], Squeezed] = attrgetter("digits")


@dataclass(frozen=True, slots=True)
class _Form:
    """One way a value may be written: the reading it is looked for in, and what is shown instead."""

    word: str
    within: Callable[[Reading], Squeezed]
    shown: str


class Known:
    """Values that say who somebody is: name, phones, e-mails, address and the like, as stated."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        stated = {value for value in values if value and value.strip()}
        longest_first = sorted(stated, key=lambda value: (-len(value), value))
        self._forms = tuple(form for value in longest_first for form in _forms(value))

    @classmethod
    def of(cls, values: "Iterable[str] | Known") -> "Known":
        """The values prepared, unless they are already."""
        return values if isinstance(values, Known) else cls(values)

    def find(self, reading: Reading) -> Iterator[Finding]:
        """Yield where one stands, longest first, so that an e-mail counts before the name inside it."""
        for form in self._forms:
            for start, end in form.within(reading).spans(form.word):
                yield Finding(start, end, "known", form.shown)


def _forms(value: str) -> Iterator[_Form]:
    plain = fold(value).text.strip()
    digits = "".join(_DIGITS_OF.findall(plain))
    letters = _letters(plain)
    local, at, _ = plain.partition("@")
    if at and _letters(local):
        yield _Form(plain.replace(" ", ""), _UNSPACED, mask_email(plain))
        if len(local) >= _SHORTEST_NUMBER:
            yield _Form(local, _UNSPACED, f"{local[:1]}{HIDDEN}")
    elif len(digits) >= _SHORTEST_NUMBER and len(digits) == len(letters):
        national = _OUR_COUNTRY.sub("", digits)
        yield _Form(national, _DIGITS, mask_phone(national))
    elif len(letters) >= _SHORTEST_WORD and plain not in _EVERYBODY:
        yield _Form(letters, _LETTERS, mask_address(value) if digits else mask_name(value))
        tail = _letters(_below_district(plain))
        if digits and len(tail) >= 4 and tail != letters:
            yield _Form(tail, _LETTERS, HIDDEN)


def _letters(text: str) -> str:
    return "".join(_LETTERS_OF.findall(text))


def _below_district(address: str) -> str:
    return address[len(mask_address(address)) - len(HIDDEN) :]
