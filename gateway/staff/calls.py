"""What binds a staff form to a call: a signed token in the address that the softphone or a task opens."""

from datetime import datetime
from uuid import UUID

from schemas.errors import NotGenuine
from schemas.tokens import TokenKeys, sign, verify

PURPOSE = "call"


def call_token(keys: TokenKeys, complaint_id: UUID, expires_at: datetime) -> str:
    """The token for a call's complaint; `/staff/entry?call=<token>` opens its form."""
    return sign(keys, PURPOSE, str(complaint_id), expires_at)


def read_call(keys: TokenKeys, token: str, now: datetime) -> UUID:
    """The complaint of a call. Raises `NotGenuine` for a token that is none of ours or too old."""
    text = verify(keys, PURPOSE, token, now)
    try:
        return UUID(text)
    except ValueError as error:
        raise NotGenuine("call: names no complaint") from error
