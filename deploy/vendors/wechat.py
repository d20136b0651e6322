"""The API of WeChat official accounts: tokens, customer-service and template messages, media; and its pushes.

Sources: developers.weixin.qq.com, "Get stable access token" (normal mode repeats the token that lives, ≤ 7200 s, and
renews it in its last 5 minutes), "Send customer-service message", "Send template message", "Get temporary media"
(people's media live three days; videos as JSON with `video_url`), and its page of return codes. Unsure: the texts in
`errmsg`, which limit is looked at first, where a video lies.
"""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from deploy.vendors.server import Delivered, Faults, Push, Vendor
from deploy.vendors.stand_ins import PICTURE
from deploy.vendors.wechat_people import OfficialAccount, Person
from deploy.vendors.wechat_pushes import element, push, push_xml

TOKEN_LIFE = timedelta(seconds=7200)
RENEWAL = timedelta(minutes=5)
MEDIA_LIFE = timedelta(days=3)
MAX_TEXT_BYTES = 2048
MAX_FIELD_CHARS = 20
VIDEO_HOST = "http://vweixinf.tc.qq.com"
PICTURE_HOST = "http://mmbiz.qpic.cn"
CODES: Mapping[int, str] = {
    0: "ok",
    40001: "invalid credential, access_token is invalid or not latest",
    40003: "invalid openid",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
    40037: "invalid template_id",
    40125: "invalid appsecret",
    41001: "access_token missing",
    42001: "access_token expired",
    43004: "require subscribe",
    45002: "content size out of limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    47001: "data format error",
    47003: "argument invalid",
    48001: "api unauthorized",
}


@dataclass(frozen=True, slots=True)
class _Token:
    app_id: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class _Media:
    content: bytes
    media_type: str
    sent_at: datetime


@dataclass(slots=True)
class _Kept:
    tokens: dict[str, _Token] = field(default_factory=dict)
    media: dict[str, _Media] = field(default_factory=dict)


class _Refused(Exception):
    """A call ends with an error code under status 200."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class WeChatVendor(Vendor):
    """Some official accounts and the people who met them.

    `pushes` are calls it makes next: what became of template messages. `refuses_tokens` answers 40001 to every one.
    """

    name = "wechat"

    def __init__(
        self,
        accounts: Sequence[OfficialAccount],
        faults: Faults | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(faults)
        self.accounts = {one.server.app_id: one for one in accounts}
        self.people: dict[str, Person] = {}
        self.pushes: list[Push] = []
        self.refuses_tokens = False
        self.token_calls = 0
        self.calls = 0
        self._now = now
        self._kept = _Kept()
        self._numbers = random.Random(self.faults.seed)  # noqa: S311 - made-up ids, no secret

    def routes(self) -> list[BaseRoute]:
        """The API, and the hosts that files lie on, told apart by their path alone."""
        return [
            Route("/cgi-bin/stable_token", self.faulty(self._coded(self._token)), methods=["POST"]),
            Route("/cgi-bin/message/custom/send", self.faulty(self._coded(self._custom)), methods=["POST"]),
            Route("/cgi-bin/message/template/send", self.faulty(self._coded(self._template)), methods=["POST"]),
            Route("/cgi-bin/media/get", self.faulty(self._coded(self._media)), methods=["GET"]),
            Route("/files/{media_id}", self.faulty(self._file), methods=["GET"]),
        ]

    def throttling(self) -> Response:
        """Too many calls this minute: an error code like any other."""
        return _answer(45011)

    def says(self, openid: str, account: OfficialAccount, fields: Mapping[str, str], at: datetime) -> Push:
        """Somebody writes (MsgType other than event), or clicks, scans, follows, leaves; returns the call it causes."""
        kind = fields.get("MsgType", "text")
        self._meets(account, openid, kind, fields.get("Event", "").lower(), at)
        common = {"ToUserName": account.original_id, "FromUserName": openid, "CreateTime": str(int(at.timestamp()))}
        numbered = {} if kind == "event" else {"MsgId": str(self._numbers.randrange(10**17, 10**18))}
        return push(account.server, common | {"MsgType": kind} | dict(fields) | numbered, at)

    def hands_over(self, account: OfficialAccount, xml: bytes, at: datetime) -> Push:
        """Somebody's message as it is written in a file, also a second time; returns the call it causes.

        A picture it names and nobody gave us is one that stands in for it.
        """
        told = {name: element(xml, name) for name in ("FromUserName", "MsgType", "Event", "MediaId")}
        self._meets(account, told["FromUserName"], told["MsgType"], told["Event"].lower(), at)
        if told["MediaId"]:
            self._kept.media.setdefault(told["MediaId"], _Media(PICTURE, "image/jpeg", at))
        return push_xml(account.server, xml, at)

    def _meets(self, account: OfficialAccount, openid: str, kind: str, event: str, at: datetime) -> None:
        self.people.setdefault(openid, Person(account)).acts(kind, event, at)

    def keep(self, content: bytes, media_type: str, at: datetime) -> str:
        """Take a file that somebody sends; returns its media id."""
        media_id = f"media-{self._numbers.randrange(10**12):012}"
        self._kept.media[media_id] = _Media(content, media_type, at)
        return media_id

    def picture_url(self, media_id: str) -> str:
        """What stands in `PicUrl` of the message that a picture came with."""
        return f"{PICTURE_HOST}/files/{media_id}"

    def revoke_tokens(self) -> None:
        """All tokens given so far are dead, as after a change of the secret."""
        self._kept.tokens.clear()

    def _coded(self, do: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            try:
                found: Response = await do(request)
            except _Refused as refused:
                return _answer(refused.number)
            return found

        return answer

    async def _token(self, request: Request) -> Response:
        self.token_calls += 1
        asked = await _json(request)
        account = self.accounts.get(str(asked.get("appid")))
        if account is None or asked.get("grant_type") != "client_credential":
            raise _Refused(40013)
        if asked.get("secret") != account.secret:
            raise _Refused(40125)
        value, token = self._living(account, forced=asked.get("force_refresh") is True)
        return JSONResponse({"access_token": value, "expires_in": int((token.ends_at - self._now()).total_seconds())})

    def _living(self, account: OfficialAccount, forced: bool) -> tuple[str, _Token]:
        soon = self._now() + RENEWAL
        tokens = self._kept.tokens.items()
        mine = [(value, one) for value, one in tokens if one.app_id == account.server.app_id and one.ends_at > soon]
        if mine and not forced:
            return mine[-1]
        value = f"{self._numbers.randrange(10**39):0>40}_{len(self._kept.tokens)}"
        self._kept.tokens[value] = _Token(account.server.app_id, self._now() + TOKEN_LIFE)
        return value, self._kept.tokens[value]

    def _account(self, request: Request) -> OfficialAccount:
        """Whose token a call carries."""
        self.calls += 1
        given = request.query_params.get("access_token")
        if not given:
            raise _Refused(41001)
        token = self._kept.tokens.get(given)
        if token is None or self.refuses_tokens:
            raise _Refused(40001)
        if token.ends_at <= self._now():
            raise _Refused(42001)
        return self.accounts[token.app_id]

    async def _custom(self, request: Request) -> Response:
        account, said = self._account(request), await _json(request)
        person = self._person(account, said)
        written = said.get("text")
        text = written.get("content") if isinstance(written, dict) else None
        if said.get("msgtype") != "text" or not isinstance(text, str):
            raise _Refused(40008)
        if len(text.encode()) > MAX_TEXT_BYTES:
            raise _Refused(45002)
        number = person.takes_a_message(self._now())
        if number:
            raise _Refused(number)
        self.delivered.append(Delivered(said["touser"], "customer-service", text, f"custom-{len(self.delivered)}"))
        return _answer(0)

    async def _template(self, request: Request) -> Response:
        account, said = self._account(request), await _json(request)
        person = self._person(account, said)
        if said.get("template_id") not in account.templates:
            raise _Refused(40037)
        if not person.follows:
            raise _Refused(43004)
        values = [str(one.get("value")) for one in said.get("data", {}).values()]
        if not values or any(len(one) > MAX_FIELD_CHARS or "\n" in one for one in values):
            raise _Refused(47003)
        number = str(self._numbers.randrange(10**17, 10**18))
        if not person.blocks_templates:
            self.delivered.append(Delivered(said["touser"], "template", " ".join(values), number))
        self.pushes.append(self._finished(account, said["touser"], number, person.blocks_templates))
        return JSONResponse({"errcode": 0, "errmsg": "ok", "msgid": int(number)})

    def _finished(self, account: OfficialAccount, openid: str, number: str, blocked: bool) -> Push:
        return self.says(
            openid,
            account,
            {
                "MsgType": "event",
                "Event": "TEMPLATESENDJOBFINISH",
                "MsgID": number,
                "Status": "failed:user block" if blocked else "success",
            },
            self._now(),
        )

    def _person(self, account: OfficialAccount, said: Mapping[str, Any]) -> Person:
        if not account.may_send:
            raise _Refused(48001)
        person = self.people.get(str(said.get("touser")))
        if person is None or person.account is not account:
            raise _Refused(40003)
        return person

    async def _media(self, request: Request) -> Response:
        self._account(request)
        media_id = request.query_params.get("media_id", "")
        found = self._kept.media.get(media_id)
        if found is None or found.sent_at + MEDIA_LIFE < self._now():
            raise _Refused(40007)
        if found.media_type.startswith("video/"):
            return JSONResponse({"video_url": f"{VIDEO_HOST}/files/{media_id}"})
        name = f'attachment; filename="{media_id}"'
        return Response(found.content, media_type=found.media_type, headers={"Content-disposition": name})

    async def _file(self, request: Request) -> Response:
        found = self._kept.media.get(request.path_params["media_id"])
        return Response(status_code=404) if found is None else Response(found.content, media_type=found.media_type)


def _answer(number: int) -> Response:
    return JSONResponse({"errcode": number, "errmsg": CODES[number]})


async def _json(request: Request) -> dict[str, Any]:
    body = await request.body()
    if b"\\u" in body:
        raise _Refused(40033)
    try:
        said = json.loads(body)
    except ValueError as error:
        raise _Refused(47001) from error
    if not isinstance(said, dict):
        raise _Refused(47001)
    return said
