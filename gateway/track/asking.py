"""Opening the page: with the key of the acknowledgement's link, with a one-time code; a glance with four digits.

A number that nobody has, a wrong key, code or digit and one try too many are answered alike, after the same work.
"""

import hmac
import re
import unicodedata
from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.staff.problems import NoDatabase
from gateway.track import codes
from gateway.track.codes import Challenge
from gateway.track.counting import DatabaseTally
from gateway.track.facts import Facts, facts_of, promise_of
from gateway.track.guessing import Guesses, Limit, admitted
from gateway.track.here import Here, asked
from gateway.track.session import close_session
from gateway.track.standing import Coarse, coarse
from schemas.identity import first_case_id
from schemas.messages import Message, MessageKind
from schemas.tokens import opens_track
from schemas.topics import MESSAGES

router = APIRouter(default_response_class=HTMLResponse)
_DIGITS = re.compile(r"[0-9]{4}")
_NOBODYS = "none"
"""Compared with four digits where a number has no telephone."""


@router.post("/track/{number}/open", include_in_schema=False)
async def open_with_key(request: Request, number: str) -> Response:
    """The key comes in the body: never in a path or query, which servers on the way write down."""
    here, typed = await asked(request, number)
    genuine = opens_track(here.parts.token_keys, here.number, typed.get("k", "").strip())
    if not (genuine and here.is_ours):
        return here.closed("track.no_key", 403)
    return here.opened()


@router.post("/track/{number}/leave", include_in_schema=False)
async def leave(request: Request, number: str) -> Response:
    """For computers that others use, too."""
    here, _ = await asked(request, number)
    answer = here.closed("track.left")
    close_session(here.parts, here.number, answer)
    return answer


@router.post("/track/{number}/code", include_in_schema=False)
async def send_code(request: Request, number: str) -> Response:
    """Sends a code to the complaint's own contact. The answer never says whether there is one."""
    here, _ = await asked(request, number)
    if not here.is_ours:
        return here.closed("track.wrong_try", 403)
    try:
        async with here.database() as connection:
            within = await _admitted(here, connection, _guesses(here).at_sending(here.number, here.caller))
            known = await promise_of(connection, here.number)
            made = await codes.challenge(connection, here.parts, here.number, here.parts.now())
    except NoDatabase:
        return here.later()
    if known is not None and within:
        _send(here, known, made)
    return here.show("track_code.html", challenge=made.token, notice=None)


@router.post("/track/{number}/code/check", include_in_schema=False)
async def check_code(request: Request, number: str) -> Response:
    """A code opens the page once, for whoever asked for it."""
    here, typed = await asked(request, number)
    token = typed.get("challenge", "")
    try:
        async with here.database() as connection:
            within = await _admitted(here, connection, _guesses(here).at_codes(here.caller))
            right = await codes.is_right(connection, here.parts, here.number, token, _figures(typed.get("code", "")))
    except NoDatabase:
        return here.later()
    if right and within and here.is_ours:
        return here.opened()
    return here.show("track_code.html", 403, challenge=token, notice=here.text("track.wrong_code"))


@router.post("/track/{number}/digits", include_in_schema=False)
async def glance(request: Request, number: str) -> Response:
    """Received, in progress or answered: nothing else, and nothing is opened."""
    here, typed = await asked(request, number)
    digits = _figures(typed.get("digits", ""))
    try:
        async with here.database() as connection:
            within = await _admitted(here, connection, _guesses(here).at_digits(here.number, here.caller))
            known = await promise_of(connection, here.number)
            seen = await _seen(here, connection, known, digits) if within else None
    except NoDatabase:
        return here.later()
    if seen is None or not here.is_ours:
        return here.closed("track.wrong_try", 403)
    return here.show("track_digits.html", seen=seen)


async def _seen(here: Here, connection: AsyncConnection, known: Facts | None, digits: str) -> Coarse | None:
    """How far it is, for the right digits only: then the work may differ, for then it is said that there is one."""
    last = (known.last_digits if known is not None else ()) or (_NOBODYS,)
    right = [hmac.compare_digest(one, digits) for one in last]
    if not any(right) or not _DIGITS.fullmatch(digits):
        return None
    facts = await facts_of(connection, here.number)
    return coarse(facts) if facts is not None else None


def _send(here: Here, known: Facts, made: Challenge) -> None:
    """Hand the code over without waiting for the log: how long that takes would tell that there is a complaint."""
    message = Message(
        message_id=made.challenge_id,
        kind=MessageKind.CODE,
        complaint_id=known.subject_id,
        case_id=known.case_id or first_case_id(known.subject_id),
        tracking_number=known.number,
        occasion="one-time-code",
        values={"code": made.code},
        by="track",
        at=here.parts.now(),
        expires_at=made.expires_at,
    )
    here.parts.intake.publish_soon(MESSAGES, message, str(message.case_id), message.message_id, message.at)


def _guesses(here: Here) -> Guesses:
    return Guesses(here.parts.pseudonym_key, here.parts.track)


async def _admitted(here: Here, connection: AsyncConnection, limits: Sequence[Limit]) -> bool:
    now = here.parts.now()
    return await admitted(DatabaseTally(connection, now), limits, now)


def _figures(typed: str) -> str:
    """Digits as a person typed them, also in full width and with spaces; ASCII, so that they can be compared."""
    folded = "".join(unicodedata.normalize("NFKC", typed).split())
    return folded if folded.isascii() else ""
