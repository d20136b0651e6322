"""What a customer sends from the opened page: more words, photos, whether the result satisfies."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from connectors.web.connector import ACCOUNT
from connectors.web.errors import InvalidFields
from connectors.web.fields import FORM_TYPE
from gateway.api import MULTIPART_TYPE, inbound
from gateway.body import Post
from gateway.pages.texts import TAGS
from gateway.problems import problem
from gateway.staff.problems import NoDatabase
from gateway.track.counting import DatabaseTally
from gateway.track.facts import facts_of
from gateway.track.guessing import Guesses, admitted
from gateway.track.here import Here
from gateway.track.session import TOKEN_FIELD, Session, nonce_of
from gateway.track.showing import opened_page
from gateway.track.standing import standing
from schemas.base import storable
from schemas.complaint import Channel
from schemas.errors import IntakeError, NotDurable, NotGenuine, TooLarge, TooMany
from schemas.identity import named_uuid
from schemas.inbound import Receipt, UploadedFile
from schemas.signals import Signal, SignalKind
from schemas.tokens import sign_case
from schemas.topics import SIGNALS

router = APIRouter(default_response_class=HTMLResponse)
ENTRY = "track"
_SAID: dict[type[IntakeError], str] = {
    NotDurable: "problem.again",
    TooMany: "problem.many",
    TooLarge: "problem.large",
}
_SCORES = {str(score): score for score in range(1, 6)}
_SATISFIED = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class _Sent:
    """A form of an opened page. `nonce` tells a form that is sent twice from two forms."""

    here: Here
    session: Session
    nonce: str
    fields: dict[str, str]
    files: tuple[UploadedFile, ...]

    @property
    def text(self) -> str:
        return self.fields.get("text", "").strip()


@router.post("/track/{number}/add", include_in_schema=False)
async def add(request: Request, number: str) -> Response:
    """Becomes a complaint of its own with its own number, which the key proves to belong to the same case."""
    return await _read(Here.of(request, number), _added)


@router.post("/track/{number}/satisfaction", include_in_schema=False)
async def satisfaction(request: Request, number: str) -> Response:
    """Two questions after an answer; may be answered again. A comment goes to the department as a message."""
    return await _read(Here.of(request, number), _rated)


async def _read(here: Here, take: Callable[[_Sent], Awaitable[Response]]) -> Response:
    """Read a form and take it; what was wrong is said on a page."""
    try:
        async with here.parts.bodies.read(here.request, FORM_TYPE, MULTIPART_TYPE) as post:
            sent = _sent(here, post)
            return await _taken(sent, take) if isinstance(sent, _Sent) else sent
    except InvalidFields:
        return here.pages.problem(here.lang, 422, here.text("error.files.too_many"), {})
    except IntakeError as error:
        return here.pages.problem(here.lang, error.http_status, here.text(_said(error)), _retry(error))


async def _taken(sent: _Sent, take: Callable[[_Sent], Awaitable[Response]]) -> Response:
    try:
        return await take(sent)
    except NoDatabase:
        return sent.here.later()
    except InvalidFields:
        return await _again(sent, "error.text.too_long", 422)
    except IntakeError as error:
        answer = await _again(sent, _said(error), error.http_status)
        answer.headers.update(_retry(error))
        return answer


async def _added(sent: _Sent) -> Response:
    if not (sent.text or sent.files):
        return await _again(sent, "track.say_something", 422)
    await _count(sent)
    [item] = (await _deliver(sent)).items
    return sent.here.show("track_added.html", 202, own=item.tracking_number)


async def _rated(sent: _Sent) -> Response:
    satisfied, score = _SATISFIED.get(sent.fields.get("satisfied", "")), _SCORES.get(sent.fields.get("score", ""))
    if satisfied is None and score is None:
        return await _again(sent, "track.answer_one", 422)
    signal = await _signal(sent, satisfied, score)
    if signal is None:
        return await _again(sent, "track.not_answered_yet", 422)
    await sent.here.parts.intake.publish(SIGNALS, signal, str(signal.complaint_id), signal.signal_id, signal.at)
    if sent.text:
        await _count(sent)
        await _deliver(sent)
    return sent.here.show("track_thanks.html", satisfied=satisfied)


def _sent(here: Here, post: Post) -> _Sent | Response:
    """The form, when it is one of this browser's opened page; else the closed page, with what was typed."""
    typed = dict(parse_qsl(post.body.decode(errors="replace"), keep_blank_values=True))
    fields = {storable(name): storable(value) for name, value in typed.items()}
    here = here.speaking(fields.get("lang"))
    session = here.session
    nonce = _nonce(here, session, fields.get(TOKEN_FIELD, "")) if here.is_ours else None
    if session is None or nonce is None:
        return here.closed("track.ended", 403, unsent=fields.get("text", "").strip() or None)
    return _Sent(here, session, nonce, fields, post.files)


def _nonce(here: Here, session: Session | None, token: str) -> str | None:
    try:
        return nonce_of(here.parts, session, token) if session is not None else None
    except NotGenuine:
        return None


async def _count(sent: _Sent) -> None:
    """Raises `TooMany`. Without a database nobody counts: receiving goes on."""
    here, now = sent.here, sent.here.parts.now()
    limits = Guesses(here.parts.pseudonym_key, here.parts.track).at_adding(here.number)
    try:
        async with here.database() as connection:
            within = await admitted(DatabaseTally(connection, now), limits, now)
    except NoDatabase:
        return
    if not within:
        wait_s = int(max((limit.ends_at(now) - now).total_seconds() for limit in limits)) + 1
        raise TooMany(f"enough was added to one complaint for now; try again in {wait_s} s", wait_s)


async def _deliver(sent: _Sent) -> Receipt:
    """Through the one intake path. The same form again gives the same number."""
    here = sent.here
    text = sent.text or here.text("track.only_files")
    post = Post(urlencode({"text": text}).encode(), FORM_TYPE, sent.files)
    source = {
        "kind": "form",
        "entry": ENTRY,
        "nonce": f"{ENTRY}:{sent.nonce}",
        "lang": TAGS[here.lang],
        "case_token": sign_case(here.parts.token_keys, here.number),
    }
    return await here.parts.intake.receive(inbound(here.parts, here.request, post, source), here.parts.web)


async def _signal(sent: _Sent, satisfied: bool | None, score: int | None) -> Signal | None:
    """What was answered; None where there is no answer of ours to judge yet. Raises `NoDatabase`."""
    here, now = sent.here, sent.here.parts.now()
    async with here.database() as connection:
        facts = await facts_of(connection, here.number)
    if facts is None or not standing(facts, None, now).may_rate:
        return None
    return Signal(
        signal_id=named_uuid("satisfaction", str(facts.subject_id), sent.nonce),
        kind=SignalKind.SATISFACTION,
        channel=Channel.WEB.value,
        account=ACCOUNT,
        complaint_id=facts.subject_id,
        satisfied=satisfied,
        score=score,
        at=now,
        received_at=now,
    )


async def _again(sent: _Sent, notice: str, status: int) -> Response:
    """The page with what was typed, and what is wrong with it."""
    words = sent.here.text(notice)
    return await opened_page(sent.here, sent.session, status, notice=words, typed=sent.fields.get("text", ""))


def _said(error: IntakeError) -> str:
    return _SAID.get(type(error), "problem.other")


def _retry(error: IntakeError) -> dict[str, str]:
    return {name: value for name, value in problem(error).headers.items() if name == "retry-after"}
