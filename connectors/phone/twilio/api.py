"""Calls of the REST API over an injected HTTP client, each bounded in time.

Source: twilio.com/docs/usage/api, read 2026-11-22: HTTP basic authentication by account SID and auth token, JSON under
`/2010-04-01/Accounts/<sid>/`, lists with `next_page_uri`.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from schemas.errors import ChannelUnavailable, OutcomeUnknown
from schemas.settings.twilio import TwilioSettings

# Both write the whole address of a request below WARNING, and a question about a message holds the customer's number.
for _library in ("httpx", "httpcore"):
    logging.getLogger(_library).setLevel(logging.WARNING)

_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
MAX_PAGES = 200
PAGE_SIZE = "200"


class TokenRefused(ChannelUnavailable):
    """The vendor does not take the account's credentials: a person must look at them."""


@dataclass(frozen=True, slots=True)
class TwilioApi:
    """The API of one account."""

    settings: TwilioSettings
    client: httpx.AsyncClient

    @property
    def auth(self) -> httpx.BasicAuth:
        """What proves us to the API and to nobody else."""
        return httpx.BasicAuth(self.settings.account_sid, self.settings.auth_tokens[0].get_secret_value())

    @property
    def home(self) -> str:
        """The path below which everything of the account lies."""
        return f"/2010-04-01/Accounts/{self.settings.account_sid}"

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"{self.settings.api_url.rstrip('/')}{path}"

    async def call(self, method: str, url: str, data: Mapping[str, str] | None = None) -> httpx.Response:
        """Call once. Raises `ChannelUnavailable` when it was not reached, `OutcomeUnknown` when it did not answer."""
        whole = self.settings.timeout.total_seconds()
        timeouts = httpx.Timeout(whole, connect=whole / 3, pool=whole / 3)
        try:
            async with asyncio.timeout(whole):
                return await self.client.request(
                    method, url, data=data, auth=self.auth, timeout=timeouts, follow_redirects=False
                )
        except _NOTHING_SENT as error:
            raise ChannelUnavailable(f"Twilio was not reached: {type(error).__name__}") from error
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            raise OutcomeUnknown(f"no answer from Twilio: {type(error).__name__}") from error

    async def read(self, url: str) -> dict[str, Any]:
        """Ask for a JSON object. Raises `ChannelUnavailable` for any answer but one: nothing was changed."""
        try:
            response = await self.call("GET", url)
        except OutcomeUnknown as error:
            raise ChannelUnavailable("no answer from Twilio") from error
        if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise TokenRefused(f"Twilio refuses this account: status {response.status_code}")
        found = body_of(response)
        if response.status_code != httpx.codes.OK or found is None:
            raise ChannelUnavailable(f"Twilio does not answer a question: status {response.status_code}")
        return found

    async def listed(self, path: str, name: str, query: Mapping[str, str]) -> AsyncIterator[dict[str, Any]]:
        """Every entry of a list, newest first, page by page. Raises like `read`."""
        written = str(httpx.QueryParams({**query, "PageSize": PAGE_SIZE}))
        uri: object = f"{path}?{written}"
        for _ in range(MAX_PAGES):
            page = await self.read(self.url(str(uri)))
            for entry in page.get(name) or ():
                if isinstance(entry, dict):
                    yield entry
            uri = page.get("next_page_uri")
            if not isinstance(uri, str) or not uri.startswith(self.home):
                return
        raise ChannelUnavailable("Twilio lists more than can be looked through")


def body_of(response: httpx.Response) -> dict[str, Any] | None:
    """The JSON object of an answer, None when it is none."""
    try:
        found = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def moment(written: object) -> datetime | None:
    """A time as the API writes it (RFC 2822), None when it is none."""
    try:
        found = parsedate_to_datetime(written) if isinstance(written, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
