"""WeChat calls again until it hears an answer, and any gateway may take a try: it stays one complaint."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from connectors.wechat import WeChat
from deploy.vendors.server import Push
from deploy.vendors.wechat_pushes import TRIES, Mode, Server, again, message, push_xml
from schemas.settings import WeChatSettings
from tests.gateway.http import Gateway, gateway
from tests.gateway.parts import NOW, NUMBERING, PSEUDONYM_KEY

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
XML = message(
    {
        "ToUserName": "gh_1",
        "FromUserName": "otAzGjrS4AYCmeJM1GhEOcHXXTAo",
        "CreateTime": "1795334399",
        "MsgType": "text",
        "Content": "牛奶过期了",
        "MsgId": "4561255354251345929",
    }
)


@asynccontextmanager
async def two_gateways(tmp_path: Path, server: Server) -> AsyncIterator[tuple[Gateway, Gateway]]:
    """Two processes of one installation: the same account and keys, each with a log and a spool of its own."""
    settings = WeChatSettings(
        app_id=server.app_id,
        token=SecretStr(server.token),
        aes_key=SecretStr(server.aes_key) if server.aes_key else None,
    )
    async with gateway(tmp_path / "one") as one, gateway(tmp_path / "other") as other:
        for of in (one, other):
            of.parts.hooks = {"wechat": WeChat(NUMBERING, PSEUDONYM_KEY, {"shop": settings})}
        yield one, other


async def called(of: Gateway, call: Push) -> httpx.Response:
    """Make the vendor's call."""
    return await of.client.post(call.path, content=call.body, headers=call.headers)


@pytest.mark.parametrize("mode", Mode)
async def test_a_message_tried_at_once_and_an_hour_later_at_two_gateways_is_one_complaint(
    mode: Mode, tmp_path: Path
) -> None:
    aes_key = "" if mode is Mode.PLAIN else AES_KEY
    server = Server("/webhooks/wechat/shop", "wx-shop", "token-of-the-shop", aes_key, mode)
    first = push_xml(server, XML, NOW)
    async with two_gateways(tmp_path, server) as gateways:
        answers = await asyncio.gather(
            *(called(of, again(first, server, XML)) for of in gateways for _ in range(TRIES))
        )
        for of in gateways:
            of.now += timedelta(hours=1)
            answers.append(await called(of, again(first, server, XML, of.now)))
        complaints = [of.complaints() for of in gateways]

    assert {(one.status_code, one.content) for one in answers} == {(200, b"")}
    assert len(answers) == 2 * (TRIES + 1)
    assert all(complaints), "a gateway took calls and kept nothing"
    assert len({one.complaint_id for taken in complaints for one in taken}) == 1
    assert {one.text for taken in complaints for one in taken} == {"牛奶过期了"}
