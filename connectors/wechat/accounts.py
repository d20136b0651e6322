"""The accounts that are called at the vendor, each with the one provider of its token that all callers share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx

from connectors.wechat.token import AccessTokens, MemoryTokenStore, TokenStore
from infra.clock import present
from infra.service import Health
from schemas.settings import WeChatSettings

_TIMEOUT = httpx.Timeout(None, connect=5.0, pool=5.0)
"""Seconds. How long an answer may take is the account's own timeout."""


@dataclass(frozen=True, slots=True)
class Way:
    """How one account is called; `account` is our name of it."""

    account: str
    settings: WeChatSettings
    tokens: AccessTokens


@dataclass(frozen=True, slots=True)
class Accounts:
    """Account → how it is called; only accounts with a secret can be."""

    client: httpx.AsyncClient
    ways: Mapping[str, Way]

    def healths(self) -> list[Health]:
        """Whether the vendor lets each account in."""
        return [way.tokens.health() for way in self.ways.values()]


def wechat_accounts(
    settings: Mapping[str, WeChatSettings],
    client: httpx.AsyncClient | None = None,
    store: TokenStore | None = None,
    now: Callable[[], datetime] = present,
) -> Accounts | None:
    """Make what answers and fetching share; None when no account has an app secret.

    Make it once a process: what a refused token closes is closed for all who share it, until a restart with other
    settings or the end of the pause. Without `store` each process asks the vendor for a token; in normal mode all of
    them get the same.
    """
    calls = client or httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False)
    kept = store or MemoryTokenStore()
    ways = {
        account: Way(
            account,
            one,
            AccessTokens(
                calls,
                kept,
                now,
                account=account,
                app_id=one.app_id,
                secret=one.app_secret.get_secret_value(),
                api_url=one.api_url,
            ),
        )
        for account, one in settings.items()
        if one.app_secret is not None
    }
    return Accounts(calls, ways) if ways else None
