"""One-time codes: six digits to the complaint's own contact, good for whoever asked for them and for ten minutes.

A number that nobody has gets a code like any other, with the same statements; only nothing is sent.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.parts import GatewayParts
from schemas.errors import NotGenuine
from schemas.identity import pseudonym
from schemas.tables.track import TRACK_CODES
from schemas.tokens import sign, verify

_PURPOSE = "track-code"
_POSSIBLE = 10**6
_ENDED = text(
    "DELETE FROM track_codes WHERE challenge_id IN "
    "(SELECT challenge_id FROM track_codes WHERE expires_at <= :now LIMIT 200 FOR UPDATE SKIP LOCKED)"
)


@dataclass(frozen=True, slots=True)
class Challenge:
    """A code that was made. `token` goes into the page of whoever asked, `code` to the complaint's contact alone."""

    challenge_id: UUID
    token: str
    code: str
    expires_at: datetime


async def challenge(connection: AsyncConnection, parts: GatewayParts, number: str, now: datetime) -> Challenge:
    """Make a code for a number, whether or not anybody has it."""
    made, code = uuid4(), f"{secrets.randbelow(_POSSIBLE):06d}"
    expires_at = now + parts.track.code_lifetime
    await connection.execute(_ENDED, {"now": now})
    await connection.execute(
        insert(TRACK_CODES).values(
            challenge_id=made,
            number_key=_number_key(parts, number),
            code_hash=_hash(parts, made, code),
            expires_at=expires_at,
        )
    )
    return Challenge(made, sign(parts.token_keys, _PURPOSE, f"{made}:{number}", expires_at), code, expires_at)


async def is_right(connection: AsyncConnection, parts: GatewayParts, number: str, token: str, typed: str) -> bool:
    """Whether this is the code that was sent for this challenge. Counts the try; a right code is used up."""
    now = parts.now()
    made = _challenge_id(parts, number, token, now)
    codes = TRACK_CODES.c
    tried = (
        update(TRACK_CODES)
        .where(
            codes.challenge_id == made,
            codes.number_key == _number_key(parts, number),
            codes.tries < parts.track.code_tries,
            codes.expires_at > now,
            codes.used_at.is_(None),
        )
        .values(tries=codes.tries + 1)
        .returning(codes.code_hash)
    )
    expected = (await connection.execute(tried)).scalar() or ""
    if not hmac.compare_digest(expected, _hash(parts, made, "".join(typed.split()))):
        return False
    await connection.execute(update(TRACK_CODES).where(codes.challenge_id == made).values(used_at=now))
    return True


def _challenge_id(parts: GatewayParts, number: str, token: str, now: datetime) -> UUID:
    """The challenge a token names; one that nobody has for a token that is not ours, ended or of another number."""
    try:
        made, _, of = verify(parts.token_keys, _PURPOSE, token, now).partition(":")
    except NotGenuine:
        return uuid4()
    return UUID(made) if of == number else uuid4()


def _number_key(parts: GatewayParts, number: str) -> str:
    return pseudonym(parts.pseudonym_key, "track-number", number)


def _hash(parts: GatewayParts, made: UUID, code: str) -> str:
    return pseudonym(parts.pseudonym_key, "track-code", str(made), code)
