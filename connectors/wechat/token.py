"""The access token of one account: fetched with stable_token, kept in a store that processes share.

Source: developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken: in normal mode the call may be repeated,
it returns the valid token (≤ 7200 s) and renews it in its last 5 minutes; 10,000 calls a minute, 500,000 a day. Forced
renewal is not used: 20 a day, and it takes the token from everybody else. A second refusal means a wrong secret
or account: no call is made for a while, and a person is told.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import httpx

from connectors.wechat.api import post
from connectors.wechat.errors import Verdict, code
from infra.logs import log
from infra.metrics import WECHAT_REFUSED
from schemas.errors import ChannelUnavailable, OutcomeUnknown

PATH = "/cgi-bin/stable_token"
_RENEWAL = timedelta(minutes=5)
_PAUSE = timedelta(minutes=5)
"""How long an account that was refused for good is left alone: a person has to mend it."""
_LOG = log(__name__)


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


class AccessTokens:
    """Gives the token of one account; however many ask, one call at a time is made for it."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        store: TokenStore,
        now: Callable[[], datetime],
        *,
        account: str,
        app_id: str,
        secret: str,
    ) -> None:
        """`account` is our name of it, for logs and metrics; `now` gives aware times."""
        self._client = client
        self._store = store
        self._now = now
        self._account = account
        self._app_id = app_id
        self._secret = secret
        self._fetching = asyncio.Lock()
        self._closed_until: datetime | None = None

    async def current(self) -> str:
        """A token that should be valid. Raises `ChannelUnavailable` when there is none to be had now."""
        return await self._other_than(None)

    async def renewed(self, refused: str) -> str:
        """The token to use after `refused` was refused once: another process's new one, or what the vendor gives now.

        The vendor may give the same again. Raises `ChannelUnavailable`.
        """
        return await self._other_than(refused)

    def refused_again(self, number: int) -> ChannelUnavailable:
        """Close the account for a while after error code `number`, tell a person, and return what to raise."""
        self._closed_until = self._now() + _PAUSE
        WECHAT_REFUSED.labels(self._account).inc()
        _LOG.error("WeChat refuses this account: check its app id, secret and allow-list", account=self._account,
                   status=number)  # fmt: skip
        return ChannelUnavailable(f"the vendor refuses this account: code {number}")

    async def _other_than(self, refused: str | None) -> str:
        async with self._fetching:
            if self._closed_until is not None and self._now() < self._closed_until:
                raise ChannelUnavailable("the vendor refused this account, no call is made for a while")
            kept = await self._store.get(self._app_id)
            if kept is not None and kept.value != refused and self._now() < kept.expires_at:
                return kept.value
            token = self._read(await self._fetch())
            await self._store.put(self._app_id, token)
            return token.value

    async def _fetch(self) -> dict[str, Any]:
        body = {"grant_type": "client_credential", "appid": self._app_id, "secret": self._secret}
        try:
            answer = await post(self._client, PATH, body)
        except OutcomeUnknown as error:
            raise ChannelUnavailable(f"no access token: {error}") from error
        number: int = answer["errcode"]
        if number == 0:
            return answer
        if code(number).verdict in (Verdict.RETRY, Verdict.QUOTA):
            raise ChannelUnavailable(f"no access token now: code {number}")
        raise self.refused_again(number)

    def _read(self, answer: dict[str, Any]) -> AccessToken:
        value, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(value, str) or not value or not isinstance(seconds, int) or not 0 < seconds <= 86_400:
            raise ChannelUnavailable("no access token: the answer lacks it")
        lifetime = timedelta(seconds=seconds)
        return AccessToken(value, self._now() + (lifetime - _RENEWAL if lifetime > 2 * _RENEWAL else lifetime / 2))
