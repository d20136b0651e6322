"""What complaints are searched by: pairs of Chinese characters, words, and tagged terms for what is found exactly.

No extension of PostgreSQL that cuts Chinese into words is everywhere; pairs need no dictionary and miss nothing. Both
sides make their terms here: the index stage those of a complaint, the search those of a question.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.identity import pseudonym
from schemas.normalise import fold
from schemas.order_number import canonical_order_number
from schemas.phone_number import canonical_phone

MAX_CHARS = 4_000
"""Of a text: what stands behind is not searched."""
_RUN = re.compile(r"(?P<han>[\u3005\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u3041-\u30ff]+)|(?P<word>[^\W_]+)")
_LONGEST_TERM = 64
_LONGEST_QUESTION = 24
_KEY_CHARS = 20
_LAST_FOUR = re.compile(r"\d{4}$")
_PLAIN = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Term:
    """One term a question looks for; `prefix`: whatever begins so."""

    term: str
    prefix: bool = False


def text_terms(*texts: str | None) -> Iterator[str]:
    """The terms of texts, each text up to `MAX_CHARS`: pairs of Han, the last one alone, and whole words.

    The last character of a run stands alone, too, so that every single character is the beginning of some term.
    """
    for text in texts:
        for run in _RUN.finditer(fold((text or "")[:MAX_CHARS]).text):
            if run["word"]:
                yield run["word"][:_LONGEST_TERM]
            else:
                yield from (run["han"][at : at + 2] for at in range(len(run["han"])))


def asked_terms(question: str) -> tuple[Term, ...]:
    """The terms that a text must all have to answer a question, each once, not more than 24 of them."""
    found: dict[Term, None] = {}
    for run in _RUN.finditer(fold(question[:MAX_CHARS]).text):
        han = run["han"]
        if han and len(han) > 1:
            found |= {Term(han[at : at + 2]): None for at in range(len(han) - 1)}
        else:
            found[Term((han or run["word"])[:_LONGEST_TERM], prefix=True)] = None
    return tuple(found)[:_LONGEST_QUESTION]


class Tags:
    """Terms for what is found exactly, not by its words. None of them can be a term of a text: those have no `#`.

    Of persons they are pseudonyms; `key` is the installation's.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def phone(self, written: str) -> Iterator[str]:
        """Of a whole telephone number: the number and its end. Of a masked one the end alone."""
        digits = canonical_phone(written)
        if digits is not None:
            yield self.whole_phone(digits)
        end = _LAST_FOUR.search(fold(written).text.strip())
        if end is not None and (digits is not None or _hides(written)):
            yield self.phone_end(end[0])

    def whole_phone(self, digits: str) -> str:
        """Of the digits as `canonical_phone` gives them."""
        return self._tag("p", digits)

    def phone_end(self, four: str) -> str:
        """Of the last four digits."""
        return self._tag("4", four)

    def email(self, written: str) -> str:
        """Of an address, whatever its case."""
        return self._tag("e", fold(written).text.strip())

    def name(self, written: str) -> str:
        """Of a name as a whole, without blanks."""
        return self._tag("n", "".join(fold(written).text.split()))

    def _tag(self, kind: str, value: str) -> str:
        return f"#{kind}:{pseudonym(self._key, 'search', kind, value)[:_KEY_CHARS]}"


def _hides(written: str) -> bool:
    return "*" in fold(written).text


def order_tag(number: str) -> str:
    """Of an order number, however it is written."""
    return f"#o:{canonical_order_number(number)[:_LONGEST_TERM]}"


def channel_tag(channel: str) -> str:
    """Of a channel."""
    return f"#c:{channel}"


def category_tag(category: str) -> str:
    """Of a category."""
    return f"#k:{category}"


def unit_tag(name: str) -> str:
    """Of a store or counter as it is named."""
    return f"#u:{''.join(_PLAIN.findall(fold(name).text))[:_LONGEST_TERM]}"


def any_of(*alternatives: str) -> str:
    """An expression of `tsquery`: one of these holds. Empty ones do not count."""
    given = [one for one in alternatives if one]
    return f"({' | '.join(given)})" if len(given) > 1 else "".join(given)


def all_of(*conditions: str) -> str:
    """An expression of `tsquery`: all of these hold. Empty ones do not count."""
    given = [one for one in conditions if one]
    return f"({' & '.join(given)})" if len(given) > 1 else "".join(given)


def every(terms: Iterable[Term]) -> str:
    """An expression of `tsquery` for a text that has all these terms."""
    return all_of(*(literal(one.term) + (":*" if one.prefix else "") for one in terms))


def literal(term: str) -> str:
    """A term as `tsquery` reads it, whatever characters it has."""
    escaped = term.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
