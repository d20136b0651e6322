"""The access token of one account: fetched with stable_token, kept in a store that processes share.

Source: developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken: in normal mode the call may be repeated,
it returns the valid token (≤ 7200 s) and renews it in its last 5 minutes; 10,000 calls a minute, 500,000 a day. Forced
renewal is not used: 20 a day, and it takes the token from everybody else. A second refusal means a wrong secret
or account: no call is made for a while, and a person is told. Until the vendor has accepted a token, one call at a time
is made with it: however many messages wait, two of them find out that the account is refused.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import httpx

from connectors.wechat.api import BASE_URL, post
from connectors.wechat.errors import Verdict, code
from infra.logs import log
from infra.metrics import WECHAT_REFUSED
from infra.service import Health
from schemas.errors import ChannelUnavailable, OutcomeUnknown

PATH = "/cgi-bin/stable_token"
_RENEWAL = timedelta(minutes=5)
_PAUSE = timedelta(minutes=5)
"""How long an account that was refused for good is left alone: a person has to mend it."""
_PROVES_NOTHING = frozenset({Verdict.RETRY, Verdict.OPERATOR})
"""Answers that may come before the token is looked at."""
_LOG = log(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token and when it is no longer used. The token is a secret."""

    value: str = field(repr=False)
    expires_at: datetime


class TokenStore(Protocol):
    """Where the processes of an installation keep their tokens."""

    async def get(self, app_id: str) -> AccessToken | None:
        """The token last put for the account, expired or not."""
        ...

    async def put(self, app_id: str, token: AccessToken) -> None:
        """Keep a token in place of the one before."""
        ...


class MemoryTokenStore:
    """A store for one process."""

    def __init__(self) -> None:
        self._tokens: dict[str, AccessToken] = {}

    async def get(self, app_id: str) -> AccessToken | None:
        """See `TokenStore.get`."""
        return self._tokens.get(app_id)

    async def put(self, app_id: str, token: AccessToken) -> None:
        """See `TokenStore.put`."""
        self._tokens[app_id] = token


@dataclass(frozen=True, slots=True)
class _Turn:
    """A call's leave to use a token. `is_renewed`: the one before it was refused, and nothing accepted since."""

    token: str = field(repr=False)
    is_renewed: bool


class AccessTokens:
    """Gives calls the token of one account, and ends them while the vendor refuses the account."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        store: TokenStore,
        now: Callable[[], datetime],
        *,
        account: str,
        app_id: str,
        secret: str,
        api_url: str = BASE_URL,
    ) -> None:
        """`account` is our name of it, for logs and metrics; `now` gives aware times."""
        self._client = client
        self._store = store
        self._now = now
        self._account = account
        self._app_id = app_id
        self._secret = secret
        self._api_url = api_url
        self._fetching = asyncio.Lock()
        self._unproven = asyncio.Lock()
        self._accepted: str | None = None
        self._refused: str | None = None
        self._is_renewed = False
        self._closed_until: datetime | None = None
        self._refused_with: int | None = None

    def health(self) -> Health:
        """Not ready from a refusal for good until the vendor accepts a token again."""
        facts: dict[str, str | int | float | bool] = {"account": self._account}
        if self._refused_with is None:
            return Health(f"wechat {self._account}", True, "not refused by the vendor", facts)
        facts |= {"cause": "token-refused", "code": self._refused_with}
        return Health(f"wechat {self._account}", False, f"the vendor refuses it: code {self._refused_with}", facts)

    async def use(self, call: Callable[[str], Awaitable[tuple[int, T]]]) -> T:
        """Make a call with a token, once more with a renewed one when that is refused; return what it brought.

        `call` returns the error code of its answer beside it. Raises `ChannelUnavailable` when there is no token, or
        the second is refused, too: then no call is made for a while.
        """
        for _ in range(2):
            async with self._turn() as turn:
                number, answer = await call(turn.token)
                verdict = code(number).verdict
                if verdict is not Verdict.REFRESH:
                    self._accept(turn, verdict)
                    return answer
                self._refuse(turn, number)
        raise ChannelUnavailable("the vendor refused two access tokens")

    def close(self, number: int) -> ChannelUnavailable:
        """Leave the account alone for a while after error code `number`, tell a person, and return what to raise."""
        self._refused_with = number
        if not self._is_closed():
            self._closed_until = self._now() + _PAUSE
            WECHAT_REFUSED.labels(self._account).inc()
            _LOG.error("WeChat refuses this account: check its app id, secret and allow-list", account=self._account,
                       status=number)  # fmt: skip
        return ChannelUnavailable(f"the vendor refuses this account: code {number}")

    async def current(self) -> str:
        """A token that should be valid. Raises `ChannelUnavailable` when there is none to be had now."""
        async with self._fetching:
            if self._is_closed():
                raise ChannelUnavailable("the vendor refused this account, no call is made for a while")
            kept = await self._store.get(self._app_id)
            if kept is not None and kept.value != self._refused and self._now() < kept.expires_at:
                return kept.value
            token = self._read(await self._fetch())
            await self._store.put(self._app_id, token)
            self._refused = None  # in normal mode the vendor may give the same again
            return token.value

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[_Turn]:
        """A token for one call; while none is proven, the others wait."""
        token = await self.current()
        if token != self._accepted:
            async with self._unproven:
                token = await self.current()
                if token != self._accepted:
                    yield _Turn(token, self._is_renewed)
                    return
        yield _Turn(token, is_renewed=False)

    def _accept(self, turn: _Turn, verdict: Verdict) -> None:
        if verdict not in _PROVES_NOTHING:
            self._accepted, self._is_renewed = turn.token, False
            self._refused_with = None

    def _refuse(self, turn: _Turn, number: int) -> None:
        """Have the token renewed; raise `ChannelUnavailable` when this one was."""
        if turn.is_renewed:
            self._refused = turn.token
            raise self.close(number)
        if self._accepted in (None, turn.token) and not self._is_renewed:
            self._accepted, self._refused, self._is_renewed = None, turn.token, True

    def _is_closed(self) -> bool:
        return self._closed_until is not None and self._now() < self._closed_until

    async def _fetch(self) -> dict[str, Any]:
        body = {"grant_type": "client_credential", "appid": self._app_id, "secret": self._secret}
        try:
            answer = await post(self._client, f"{self._api_url}{PATH}", body)
        except OutcomeUnknown as error:
            raise ChannelUnavailable(f"no access token: {error}") from error
        number: int = answer["errcode"]
        if number == 0:
            return answer
        if code(number).verdict in (Verdict.RETRY, Verdict.QUOTA):
            raise ChannelUnavailable(f"no access token now: code {number}")
        raise self.close(number)

    def _read(self, answer: dict[str, Any]) -> AccessToken:
        value, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(value, str) or not value or not isinstance(seconds, int) or not 0 < seconds <= 86_400:
            raise ChannelUnavailable("no access token: the answer lacks it")
        lifetime = timedelta(seconds=seconds)
        return AccessToken(value, self._now() + (lifetime - _RENEWAL if lifetime > 2 * _RENEWAL else lifetime / 2))
