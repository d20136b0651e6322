"""Calls of the official account's API, over an injected HTTP client. Every failure says whether it may have arrived.

Source: developers.weixin.qq.com: POST with JSON, answers are JSON with `errcode` (0 or absent: done) and status 200.
Escapes of the form \\uxxxx are refused (code 40033), so the JSON is plain UTF-8. The access token travels in the query:
neither the address nor the body of a call may reach a log.
"""

import json
import logging
from collections.abc import Mapping
from typing import Any

import httpx

from schemas.errors import ChannelUnavailable, OutcomeUnknown

BASE_URL = "https://api.weixin.qq.com"

# httpx logs the whole address of each call, and the access token is in it.
logging.getLogger("httpx").setLevel(logging.WARNING)


async def post(
    client: httpx.AsyncClient, url: str, body: Mapping[str, Any], access_token: str | None = None
) -> dict[str, Any]:
    """Call `url` once and return the answer, whatever its error code; `errcode` is always set in it.

    Raises `ChannelUnavailable` when nothing reached the vendor, `OutcomeUnknown` when there is no clear answer.
    """
    try:
        answer = await client.post(
            url,
            params={"access_token": access_token} if access_token else None,
            content=json.dumps(body, ensure_ascii=False).encode(),
            headers={"content-type": "application/json; charset=utf-8"},
        )
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise ChannelUnavailable(f"the vendor cannot be reached: {type(error).__name__}") from error
    except httpx.HTTPError as error:
        raise OutcomeUnknown(f"no answer from the vendor: {type(error).__name__}") from error
    return _read(answer)


def _read(answer: httpx.Response) -> dict[str, Any]:
    read = told(answer.content)
    if answer.status_code != httpx.codes.OK or read is None:
        raise OutcomeUnknown(f"answer nobody can read, status {answer.status_code}")
    return read


def told(content: bytes) -> dict[str, Any] | None:
    """The JSON of an answer, `errcode` always set in it; None when it is none of the vendor's."""
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    number = read.get("errcode", 0)
    return read | {"errcode": number} if isinstance(number, int) else None
