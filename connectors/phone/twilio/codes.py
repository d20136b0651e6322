"""Error codes of the Messages API: what each means for a message.

Source: twilio.com/docs/api/errors/<code>, read 2026-11-22 (20429, 21211, 21408, 21610, 21614); the others from the
dictionary of errors, their reading as definite or passing is ours.
"""

from collections.abc import Mapping
from enum import StrEnum


class Verdict(StrEnum):
    """What to do after an error code. Every answer with one means that nothing was sent."""

    REFUSED = "refused"
    OPTED_OUT = "opted_out"
    LATER = "later"
    OURS = "ours"


CODES: Mapping[int, Verdict] = {
    20429: Verdict.LATER,  # too many requests, not processed
    30001: Verdict.LATER,  # queue overflow
    30008: Verdict.LATER,  # unknown error
    20003: Verdict.OURS,  # authentication
    20404: Verdict.OURS,  # no such account or service
    21603: Verdict.OURS,  # no From
    21606: Verdict.OURS,  # From is not ours or cannot send
    21608: Verdict.OURS,  # trial account, unverified number
    21703: Verdict.OURS,  # no number in the messaging service
    30002: Verdict.OURS,  # account suspended
    21211: Verdict.REFUSED,  # To is no number
    21408: Verdict.REFUSED,  # no permission for the region
    21610: Verdict.OPTED_OUT,  # the person wrote STOP
    21612: Verdict.REFUSED,  # From and To do not go together
    21614: Verdict.REFUSED,  # To is no mobile number
    21617: Verdict.REFUSED,  # longer than 1,600 characters
    30003: Verdict.REFUSED,  # handset not reachable
    30004: Verdict.REFUSED,  # blocked
    30005: Verdict.REFUSED,  # handset unknown
    30006: Verdict.REFUSED,  # landline, or carrier not reachable
    30007: Verdict.REFUSED,  # filtered as spam
}
"""Code → verdict. A code that is not here is judged by the status of its answer."""


def verdict(code: int, status: int) -> Verdict:
    """What an error answer with a status from 400 to 499 means."""
    if status == 429:
        return Verdict.LATER
    return CODES.get(code, Verdict.REFUSED if status in (400, 404) else Verdict.OURS)
