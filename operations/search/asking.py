"""What somebody who types a question may mean: a number, a telephone, an order, an address, a name, words. Pure."""

import re
from dataclasses import dataclass
from uuid import UUID

from operations.search.model import Filters
from schemas.identity import read_tracking_number
from schemas.normalise import fold
from schemas.order_number import canonical_order_number
from schemas.phone_number import canonical_phone
from schemas.terms import (
    Tags,
    all_of,
    any_of,
    asked_terms,
    category_tag,
    channel_tag,
    every,
    literal,
    order_tag,
    unit_tag,
)

MOST_CHARS = 200
"""Of a question; what stands behind is not looked for."""
_FOUR_DIGITS = re.compile(r"\d{4}")
_PHONE = re.compile(r"\+?[\d\s().-]{7,24}")
_ORDER = re.compile(r"[a-z0-9]{6,32}")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_MASKED_PHONE = re.compile(r"\d{2,3}\*+(\d{4})")
_FEWEST_DIGITS = 5
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Question:
    """How a question is read. `expression` is a `tsquery`, None where ids decide alone or nothing is asked."""

    read_as: str
    expression: str | None = None
    number: str | None = None
    identifier: UUID | None = None


def question_of(key: bytes, typed: str, *, words_only: bool = False) -> Question:
    """Read what was typed; `words_only` takes digits for words, too.

    What may be several things (eleven digits: a telephone or an order) is looked for as all of them.
    """
    asked = fold(typed[:MOST_CHARS]).text.strip()
    if not asked:
        return Question("all")
    words = every(asked_terms(asked))
    if words_only:
        return Question("text", words) if words else Question("nothing")
    return _exact(Tags(key), asked, words) or _worded(Tags(key), asked, words)


def _exact(tags: Tags, asked: str, words: str) -> Question | None:
    """What can be only one thing by its form."""
    if number := read_tracking_number(asked):
        return Question("number", number=number, expression=words)
    if (identifier := _uuid(asked)) is not None:
        return Question("id", identifier=identifier)
    if masked := _MASKED_PHONE.fullmatch("".join(asked.split())):
        return Question("phone-end", literal(tags.phone_end(masked[1])))
    if _FOUR_DIGITS.fullmatch(asked):
        return Question("phone-end", literal(tags.phone_end(asked)))
    if _EMAIL.fullmatch(asked):
        return Question("email", any_of(literal(tags.email(asked)), words))
    return None


def _worded(tags: Tags, asked: str, words: str) -> Question:
    """What may be several things."""
    compact = canonical_order_number(asked)
    is_order = _ORDER.fullmatch(compact) and sum(map(str.isdigit, compact)) >= _FEWEST_DIGITS
    order = literal(order_tag(compact)) if is_order else ""
    digits = canonical_phone(asked) if _PHONE.fullmatch(asked) else None
    if digits is not None:
        joined = every(asked_terms(compact)) if compact.isalnum() else ""
        return Question("phone", any_of(literal(tags.whole_phone(digits)), order, joined))
    if order:
        return Question("order", any_of(order, words))
    if not words:
        return Question("nothing")
    name = literal(tags.name(asked)) if len(asked) <= _LONGEST_NAME else ""
    return Question("text", any_of(name, words))


def narrowed(question: Question, filters: Filters) -> str | None:
    """The question's expression with those filters that are terms, None when there is nothing to look up by terms."""
    tags = [
        channel_tag(filters.channel) if filters.channel else "",
        category_tag(filters.category) if filters.category else "",
        unit_tag(filters.unit) if filters.unit else "",
    ]
    return all_of(question.expression or "", *(literal(one) for one in tags if one)) or None


def _uuid(asked: str) -> UUID | None:
    try:
        return UUID(asked) if "-" in asked else None
    except ValueError:
        return None
