"""One token for all who ask, few calls for it, and none while the vendor refuses the account."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors.wechat import MemoryTokenStore
from connectors.wechat.token import AccessToken
from schemas.errors import ChannelUnavailable
from tests.connectors.wechat.deliveries import APP_ID, NOW
from tests.connectors.wechat.vendor import SECRET, TOKEN_PATH, Vendor


async def test_it_asks_as_the_vendor_wants_to_be_asked() -> None:
    vendor = Vendor()

    assert await vendor.tokens().current() == "access-token-1"

    [asked] = vendor.asked
    assert (asked.method, asked.url.path, asked.url.query) == ("POST", TOKEN_PATH, b"")
    assert json.loads(asked.content) == {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}


async def test_however_many_ask_at_once_the_vendor_is_asked_once() -> None:
    vendor = Vendor()
    tokens = vendor.tokens()

    found = await asyncio.gather(*(tokens.current() for _ in range(20)))

    assert set(found) == {"access-token-1"}
    assert vendor.token_calls() == 1


async def test_processes_share_a_token_through_the_store() -> None:
    vendor, store = Vendor(), MemoryTokenStore()

    assert await vendor.tokens(store).current() == await vendor.tokens(store).current()
    assert vendor.token_calls() == 1


async def test_a_token_is_renewed_in_its_last_five_minutes() -> None:
    vendor = Vendor()
    tokens = vendor.tokens()
    await tokens.current()

    vendor.pass_time(timedelta(seconds=7200 - 301))
    assert await tokens.current() == "access-token-1"
    vendor.pass_time(timedelta(seconds=1))
    assert await tokens.current() == "access-token-2"


async def test_a_token_another_process_renewed_is_taken_from_the_store() -> None:
    vendor, store = Vendor(), MemoryTokenStore()
    await store.put(APP_ID, AccessToken("of before", NOW + timedelta(hours=1)))

    async def call(token: str) -> tuple[int, str]:
        if token == "of before":
            await store.put(APP_ID, AccessToken("renewed", NOW + timedelta(hours=1)))
            return 40001, ""
        return 0, token

    assert await vendor.tokens(store).use(call) == "renewed"
    assert vendor.token_calls() == 0


@pytest.mark.parametrize("number", [40001, 40013, 40125, 40164, 61004, 99999])
async def test_a_refused_account_is_left_alone_for_a_while_and_then_asked_again(number: int) -> None:
    vendor = Vendor(token=lambda _: {"errcode": number, "errmsg": "refused"})
    tokens = vendor.tokens()

    for _ in range(10):
        with pytest.raises(ChannelUnavailable):
            await tokens.current()
    assert vendor.token_calls() == 1

    vendor.pass_time(timedelta(minutes=5))
    with pytest.raises(ChannelUnavailable):
        await tokens.current()
    assert vendor.token_calls() == 2


async def test_a_refused_account_says_so_until_the_vendor_takes_a_token_again() -> None:
    answers: list[dict[str, Any]] = [
        {"errcode": 40125, "errmsg": "refused"},
        {"access_token": "new", "expires_in": 7200},
    ]
    vendor = Vendor(token=lambda _: answers.pop(0))
    tokens = vendor.tokens()

    async def call(token: str) -> tuple[int, str]:
        return 0, token

    assert tokens.health().ready
    with pytest.raises(ChannelUnavailable):
        await tokens.use(call)
    assert not tokens.health().ready
    assert tokens.health().facts["cause"] == "token-refused"

    vendor.pass_time(timedelta(minutes=5))
    await tokens.use(call)

    assert tokens.health().ready


@pytest.mark.parametrize("answer", [
    {"errcode": -1}, {"errcode": 45009}, {"errcode": 45011}, {},
    {"access_token": "a"}, {"access_token": "", "expires_in": 1},
    {"access_token": "a", "expires_in": 0}, {"access_token": 1, "expires_in": 7200}, {"errcode": "x"},
    httpx.Response(502), httpx.Response(200, content=b"<html>"), httpx.Response(200, content=b"[]"),
    httpx.ConnectError("refused"), httpx.ReadTimeout("slow"),
])  # fmt: skip
async def test_without_a_token_now_it_is_asked_for_at_the_next_try(answer: object) -> None:
    vendor = Vendor(token=lambda count: answer if count == 1 else {"access_token": "good", "expires_in": 60})  # type: ignore[arg-type, return-value]
    tokens = vendor.tokens()

    with pytest.raises(ChannelUnavailable):
        await tokens.current()
    assert await tokens.current() == "good"


def test_a_token_does_not_show() -> None:
    assert "secret" not in repr(AccessToken("secret", NOW))
