"""Tracking numbers that a text quotes. Only their form and check character are looked at: whose they are, gates ask."""

import re
from dataclasses import dataclass
from itertools import islice

from schemas.complaint import Complaint
from schemas.identity import read_tracking_number
from schemas.normalise import fold

MOST_OF_A_COMPLAINT = 3
_MOST_CHARS = 4_000
_MOST_TRIED = 200
_APART = r"[\s./_·‐‑‒–—―-]"
_NUMBER = re.compile(
    rf"(?<![0-9a-z])(?:[0-9a-z]{{4}}{_APART}{{0,3}}){{3}}[0-9a-z](?![0-9a-z])|"
    rf"(?<![0-9a-z])(?:[0-9a-z]{_APART}){{12}}[0-9a-z](?![0-9a-z])"
)
_BETWEEN = re.compile(_APART)


@dataclass(frozen=True, slots=True)
class Quoted:
    """A tracking number in canonical form, and its half-open span in code points of the text; None in the subject.

    `grouped` says that it is written in groups, as we write it: then it can be no other number.
    """

    number: str
    start: int | None = None
    end: int | None = None
    grouped: bool = False


def quoted_numbers(text: str) -> tuple[Quoted, ...]:
    """The first tracking numbers of a text, each once, however they are written."""
    folded = fold(text[:_MOST_CHARS])
    found: dict[str, Quoted] = {}
    for match in islice(_NUMBER.finditer(folded.text), _MOST_TRIED):
        compact = _BETWEEN.sub("", match[0])
        if number := read_tracking_number(compact):
            grouped = len(match[0]) > len(compact)
            found.setdefault(number, Quoted(number, *folded.span(*match.span()), grouped))
        if len(found) == MOST_OF_A_COMPLAINT:
            break
    return tuple(found.values())


def quoted_in(complaint: Complaint) -> tuple[Quoted, ...]:
    """The first tracking numbers of a complaint other than its own: those of the text, then those of the subject."""
    in_subject = (Quoted(one.number) for one in quoted_numbers(complaint.subject or ""))
    found: dict[str, Quoted] = {}
    for one in (*quoted_numbers(complaint.text), *in_subject):
        if one.number != complaint.tracking_number:
            found.setdefault(one.number, one)
    return tuple(islice(found.values(), MOST_OF_A_COMPLAINT))


def without_numbers(complaint: Complaint, quoted: tuple[Quoted, ...]) -> Complaint:
    """The complaint with blanks for our numbers in its text, so that nobody reads an order or a telephone there.

    Every other place of the text stays where it was. A number without groups may be an order's and stays, too.
    """
    text = complaint.text
    for one in quoted:
        if one.grouped and one.start is not None and one.end is not None:
            text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return complaint if text == complaint.text else complaint.model_copy(update={"text": text})
