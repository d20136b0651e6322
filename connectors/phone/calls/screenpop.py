"""The link that a softphone opens when a call comes in: the form of the service desk with the call filled in.

Links end up in histories, proxies and logs, so no number is in one: its token names the complaint that the call is or
will be (`Calls.complaint_id`), for as long as a call may take. The page finds caller and call behind it.
"""

from datetime import datetime, timedelta
from uuid import UUID

from schemas.errors import NotGenuine
from schemas.tokens import TokenKeys, sign, verify

PATH = "/staff/calls/new"
PARAMETER = "call"
LIFE = timedelta(hours=4)
_PURPOSE = "screen-pop"


def screen_pop(keys: TokenKeys, complaint_id: UUID, now: datetime) -> str:
    """Path and query of the form for this call; good for `LIFE`."""
    return f"{PATH}?{PARAMETER}={sign(keys, _PURPOSE, str(complaint_id), now + LIFE)}"


def called_complaint(keys: TokenKeys, token: str, now: datetime) -> UUID:
    """The complaint a token names. Raises `NotGenuine` for one we did not make, or whose time is over."""
    written = verify(keys, _PURPOSE, token, now)
    try:
        return UUID(written)
    except ValueError as error:
        raise NotGenuine("screen pop: the token names no complaint") from error
