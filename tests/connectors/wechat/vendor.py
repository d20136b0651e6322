"""The vendor's API as a script: what it answers, in order, and what it was asked."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.wechat import AccessTokens, Accounts, MemoryTokenStore, TokenStore, Way, WeChatReply
from tests.connectors.wechat.deliveries import APP_ID, NOW, PLAIN

SECRET = "secret-of-the-tests"
TOKEN_PATH = "/cgi-bin/stable_token"
Answer = dict[str, Any] | httpx.Response | Exception
ENOUGH_FOR_A_NUMBER = {"character_string1": "{number}", "phrase2": "已受理，请\n等待" * 4}


@dataclass
class Vendor:
    """Gives each call its answer: a token to token calls, then `answers` in order and the last one for ever."""

    answers: list[Answer] = field(default_factory=lambda: [{"errcode": 0, "errmsg": "ok"}])
    token: Callable[[int], Answer] = lambda count: {"access_token": f"access-token-{count}", "expires_in": 7200}
    asked: list[httpx.Request] = field(default_factory=list)
    now: datetime = NOW

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def tokens(self, store: TokenStore | None = None) -> AccessTokens:
        return AccessTokens(
            self.client(), store or MemoryTokenStore(), lambda: self.now, account="main", app_id=APP_ID, secret=SECRET
        )

    def reply(self, template: bool = True, timeout: timedelta = timedelta(seconds=20)) -> WeChatReply:
        changed: dict[str, Any] = {"app_secret": SecretStr(SECRET), "timeout": timeout}
        if template:
            changed |= {"template_id": "T1", "template_fields": ENOUGH_FOR_A_NUMBER}
        way = Way("main", PLAIN.model_copy(update=changed), self.tokens())
        return WeChatReply(Accounts(self.client(), {"main": way}))

    def pass_time(self, by: timedelta) -> None:
        self.now += by

    def paths(self) -> list[str]:
        """What was called, without the token calls."""
        return [request.url.path for request in self.asked if request.url.path != TOKEN_PATH]

    def token_calls(self) -> int:
        return len(self.asked) - len(self.paths())

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.asked if request.url.path != TOKEN_PATH]

    def used(self) -> list[str]:
        """The tokens that calls were made with."""
        return [request.url.params["access_token"] for request in self.asked if request.url.path != TOKEN_PATH]

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        await asyncio.sleep(0)  # as with a network, others go on meanwhile
        if request.url.path == TOKEN_PATH:
            answer = self.token(self.token_calls())
        else:
            answer = self.answers[min(len(self.paths()), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)
