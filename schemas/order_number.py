"""Order numbers: as stated in a form's field, or in the text behind a label. Never guessed from digits alone."""

import re
from dataclasses import dataclass

from schemas.complaint import Complaint
from schemas.normalise import fold

_LABELLED = re.compile(
    r"(?:订单(?:编号|号码|号)?|单号|交易号|\border\s*(?:number|no\.?|id|#)?)"
    r"\s*(?:是|为|is)?\s*[::#]?\s*"
    r"(?P<number>[a-z0-9](?:[a-z0-9-]{6,30})[a-z0-9])(?![a-z0-9])"
)
_OTHER_LABELS = re.compile(r"(?:快递|运|物流|工|退货|售后)$")
_SEPARATORS = str.maketrans("", "", " -_")
_LONGEST_OTHER_LABEL = 2
_MIN_DIGITS = 5
MOST_OF_A_COMPLAINT = 20
"""Of a hostile text with thousands: each costs the deduplicate stage a lock and a row per identifier of the sender."""


@dataclass(frozen=True, slots=True)
class OrderNumber:
    """A canonical order number; `start` and `end` are its span in `text`, None when it was a field."""

    number: str
    start: int | None = None
    end: int | None = None


def canonical_order_number(written: str) -> str:
    """The form in which two order numbers are compared: folded, without blanks, dashes and underscores."""
    return fold(written).text.translate(_SEPARATORS)


def order_numbers(complaint: Complaint) -> tuple[OrderNumber, ...]:
    """The first order numbers this complaint names, the stated one before all, each once."""
    found: dict[str, OrderNumber] = {}
    if complaint.stated.order_no and (stated := canonical_order_number(complaint.stated.order_no)):
        found[stated] = OrderNumber(stated)
    folded = fold(complaint.text)
    for match in _LABELLED.finditer(folded.text):
        if len(found) == MOST_OF_A_COMPLAINT:
            break
        before = folded.text[max(0, match.start() - _LONGEST_OTHER_LABEL) : match.start()]
        if _OTHER_LABELS.search(before) or sum(map(str.isdigit, match["number"])) < _MIN_DIGITS:
            continue
        number = canonical_order_number(match["number"])
        found.setdefault(number, OrderNumber(number, *folded.span(*match.span("number"))))
    return tuple(found.values())
