"""Twilio's REST API and its message webhooks, as far as a complaint line meets them.

Sources, read 2026-11-22, all twilio.com/docs: usage/api (basic authentication, RFC 2822 times, `next_page_uri`),
messaging/api/message-resource (create, list with To and DateSent, fields), messaging/api/media-resource (redirect,
delete), voice/api/recording, voice/api/call-resource, messaging/guides/webhook-request, usage/security (signature:
HMAC-SHA1 over the URL and each name with its value, sorted, in base64), api/errors/20003, 20404, 20429, 21211, 21610.
Unsure: that a message still in the queue is left out of a list with DateSent; what the storage behind a redirect says
to credentials that are not for it.
"""

import base64
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from deploy.vendors.server import Delivered, Endpoint, Faults, Push, Vendor

CDN = "https://media.twiliocdn.com"
_PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Customer:
    """An account at Twilio and where its webhooks are registered: `base` and the path of the account's hooks."""

    account_sid: str = "AC" + "a" * 32
    auth_token: str = "token-of-the-demo-account"  # noqa: S105 - of a vendor that does not exist
    base: str = "http://127.0.0.1:8080"
    path: str = "/webhooks/phone/twilio"
    number: str = "+85230001234"
    api: str = "https://api.twilio.com"


@dataclass(slots=True)
class Stored:
    """A file at Twilio; `ready` is whether it can be fetched yet."""

    content: bytes
    media_type: str
    entry: dict[str, Any] = field(default_factory=dict)
    ready: bool = True


class Twilio(Vendor):
    """The vendor. Files are also served as the storage that media redirects lead to."""

    name = "twilio"

    def __init__(
        self,
        customer: Customer | None = None,
        faults: Faults | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(faults)
        self.customer = customer or Customer()
        self.now = now
        self.messages: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self.recordings: dict[str, Stored] = {}
        self.media: dict[str, Stored] = {}
        self.opted_out: set[str] = set()
        self.credentials_leaked = False
        self._made = 0

    def routes(self) -> list[BaseRoute]:
        """The paths below the account, and those of the storage."""
        home = f"/2010-04-01/Accounts/{self.customer.account_sid}"
        paths = {
            "/Messages.json": (self._messages, ["GET", "POST"]),
            "/Messages/{sid}.json": (self._message, ["GET"]),
            "/Messages/{sid}/Media.json": (self._media_list, ["GET"]),
            "/Messages/{sid}/Media/{file}": (self._medium, ["GET", "DELETE"]),
            "/Calls.json": (self._calls, ["GET"]),
            "/Recordings.json": (self._recordings, ["GET"]),
            "/Recordings/{file}": (self._recording, ["GET", "DELETE"]),
        }
        routes: list[BaseRoute] = [
            Route(home + path, self.faulty(self._authenticated(do)), methods=methods)
            for path, (do, methods) in paths.items()
        ]
        return [*routes, Route("/stored/{sid}", self._stored)]

    def throttling(self) -> Response:
        """429 with the code that says the request was not processed."""
        return _error(429, 20429)

    def sid(self, kind: str) -> str:
        """A new id: two letters and 32 hexadecimal digits."""
        self._made += 1
        return f"{kind}{self._made:032x}"

    def push(self, event: str, parameters: Mapping[str, str]) -> Push:
        """A signed webhook for an event of the account."""
        return self.push_to(f"{self.customer.base}{self.customer.path}/{event}", parameters)

    def push_to(self, url: str, parameters: Mapping[str, str]) -> Push:
        """A signed webhook to an address of ours, given in a document or registered."""
        text = url + "".join(name + parameters[name] for name in sorted(parameters))
        made = base64.b64encode(hmac.digest(self.customer.auth_token.encode(), text.encode(), "sha1")).decode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": made,
            "I-Twilio-Idempotency-Token": self.sid("id"),
        }
        return Push(url.removeprefix(self.customer.base), urlencode(parameters).encode(), headers)

    def sms(self, sender: str, text: str, pictures: Iterable[bytes] = ()) -> Push:
        """Somebody writes to our number: it stands in the list of messages, and we are called."""
        stored = [self._picture(content) for content in pictures]
        sid = self.sid("MM" if stored else "SM")
        urls = {f"MediaUrl{n}": self._at_api(f"/Messages/{sid}/Media/{one}") for n, one in enumerate(stored)}
        kinds = {f"MediaContentType{n}": self.media[one].media_type for n, one in enumerate(stored)}
        for one in stored:
            self.media[one].entry = {"sid": one, "parent_sid": sid, "content_type": self.media[one].media_type}
        entry = self._entry(sid, sender, self.customer.number, text, "inbound", "received")
        self.messages.insert(0, entry | {"date_sent": entry["date_created"], "num_media": str(len(stored))})
        numbers = {"From": sender, "To": self.customer.number, "Body": text}
        counted = {"NumMedia": str(len(stored)), "NumSegments": "1", "ApiVersion": "2010-04-01"}
        ids = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": self.customer.account_sid}
        return self.push("sms", ids | numbers | counted | urls | kinds)

    def report(self, sid: str, status: str, code: int | None = None) -> Push:
        """What became of a message of ours."""
        entry = next(one for one in self.messages if one["sid"] == sid)
        entry |= {"status": status, "error_code": code, "date_sent": format_datetime(self.now())}
        found = {"MessageSid": sid, "MessageStatus": status, "SmsSid": sid, "SmsStatus": status}
        numbers = {"To": entry["to"], "From": entry["from"] or "", "AccountSid": self.customer.account_sid}
        return self.push("status", found | numbers | ({"ErrorCode": str(code)} if code else {}))

    def disordered(self, pushes: Iterable[Push]) -> list[Push]:
        """The same webhooks out of order, each of them twice."""
        twice = [*pushes] * 2
        self._random.shuffle(twice)
        return twice

    def _picture(self, content: bytes) -> str:
        sid = self.sid("ME")
        self.media[sid] = Stored(content, "image/jpeg")
        return sid

    def _at_api(self, path: str) -> str:
        return f"{self.customer.api}/2010-04-01/Accounts/{self.customer.account_sid}{path}"

    def _entry(self, sid: str, sender: str | None, to: str, text: str, way: str, status: str) -> dict[str, Any]:
        made = format_datetime(self.now())
        return {
            "sid": sid, "account_sid": self.customer.account_sid, "from": sender, "to": to, "body": text,
            "direction": way, "status": status, "date_created": made, "date_updated": made, "date_sent": None,
            "num_media": "0", "num_segments": "1", "error_code": None, "error_message": None,
            "uri": f"/2010-04-01/Accounts/{self.customer.account_sid}/Messages/{sid}.json",
        }  # fmt: skip

    def _authenticated(self, do: Endpoint) -> Endpoint:
        pair = f"{self.customer.account_sid}:{self.customer.auth_token}".encode()
        expected = f"Basic {base64.b64encode(pair).decode()}"

        async def checked(request: Request) -> Response:
            if request.headers.get("authorization") != expected:
                return _error(401, 20003)
            return await do(request)

        return checked

    async def _messages(self, request: Request) -> Response:
        if request.method == "GET":
            return self._page(request, "messages", self.messages, "date_sent", "DateSent")
        form = await request.form()
        to, text = str(form.get("To", "")), str(form.get("Body", ""))
        sender = form.get("From") or form.get("MessagingServiceSid")
        if not sender:
            return _error(400, 21603)
        if not to.rpartition(":")[2].startswith("+"):
            return _error(400, 21211)
        if to in self.opted_out:
            return _error(400, 21610)
        entry = self._entry(self.sid("SM"), str(form.get("From") or "") or None, to, text, "outbound-api", "queued")
        # Sent within the moment it was taken: a queue is of no use to anybody who looks at the demo.
        self.messages.insert(0, entry | {"date_sent": entry["date_created"]})
        self.delivered.append(Delivered(to, "sms", text, entry["sid"]))
        return JSONResponse(entry, 201)

    async def _message(self, request: Request) -> Response:
        found = [one for one in self.messages if one["sid"] == request.path_params["sid"]]
        return JSONResponse(found[0]) if found else _error(404, 20404)

    async def _calls(self, request: Request) -> Response:
        return self._page(request, "calls", self.calls, "start_time", "StartTime")

    async def _recordings(self, request: Request) -> Response:
        entries = [one.entry for one in self.recordings.values()]
        return self._page(request, "recordings", entries[::-1], "date_created", "DateCreated")

    async def _media_list(self, request: Request) -> Response:
        parent = request.path_params["sid"]
        entries = [one.entry for one in self.media.values() if one.entry.get("parent_sid") == parent]
        return self._page(request, "media_list", entries, "date_created", "DateCreated")

    async def _medium(self, request: Request) -> Response:
        sid = request.path_params["file"].removesuffix(".json")
        if sid not in self.media:
            return _error(404, 20404)
        if request.method == "DELETE":
            del self.media[sid]
            return Response(status_code=204)
        return RedirectResponse(f"{CDN}/stored/{sid}?valid=4h", 307)

    async def _recording(self, request: Request) -> Response:
        sid, _, form = request.path_params["file"].partition(".")
        found = self.recordings.get(sid)
        if found is None:
            return _error(404, 20404)
        if request.method == "DELETE":
            del self.recordings[sid]
            return Response(status_code=204)
        if form == "json":
            return JSONResponse(found.entry | {"status": "completed" if found.ready else "processing"})
        if not found.ready:
            return _error(404, 20404)
        return Response(found.content, media_type="audio/mpeg" if form == "mp3" else "audio/x-wav")

    async def _stored(self, request: Request) -> Response:
        if "authorization" in request.headers:
            self.credentials_leaked = True
            return Response(status_code=400)
        found = self.media.get(request.path_params["sid"])
        return Response(found.content, media_type=found.media_type) if found else Response(status_code=404)

    def _page(
        self, request: Request, name: str, entries: list[dict[str, Any]], time: str, parameter: str
    ) -> JSONResponse:
        query = request.query_params
        since, size, page = query.get(f"{parameter}>", ""), int(query.get("PageSize", _PAGE_SIZE)), query.get("Page")
        wanted = [one for one in entries if _fits(one, query, time, since)]
        start = int(page or 0) * size
        following = {**query, "Page": str(int(page or 0) + 1)}
        more = f"{request.url.path}?{urlencode(following)}" if len(wanted) > start + size else None
        return JSONResponse({name: wanted[start : start + size], "next_page_uri": more, "page_size": size})


def _fits(entry: Mapping[str, Any], query: Mapping[str, str], time: str, since: str) -> bool:
    numbers = all(entry.get(name.lower()) == query[name] for name in ("To", "From") if name in query)
    if not since or not numbers:
        return numbers
    written = entry.get(time)
    return written is not None and _day(written) >= since


def _day(written: str) -> str:
    return f"{datetime.strptime(written, '%a, %d %b %Y %H:%M:%S %z').astimezone(UTC):%Y-%m-%d}"


def _error(status: int, code: int) -> Response:
    body = {"code": code, "message": "see more_info", "status": status, "more_info": f"https://www.twilio.com/{code}"}
    return Response(json.dumps(body), status, media_type="application/json")
