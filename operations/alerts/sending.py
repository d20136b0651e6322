"""Messages to staff through apprise: WeCom, DingTalk, Feishu, mail, webhooks. Its calls block, so they have a thread.

Source: the package apprise (2.x): `Apprise.add` takes an address, `notify` returns whether all were reached.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Protocol

import apprise

from infra.logs import log
from schemas.errors import IntakeError
from schemas.settings.alerts import AlertTarget

_LOG = log(__name__)

# Its own log writes addresses, and the secret of a group is in them.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)


class NotDelivered(IntakeError):
    """A target did not take a message; it is tried again."""


class Deliver(Protocol):
    """Sends one message to one target. Raises `NotDelivered`."""

    async def __call__(self, target: AlertTarget, title: str, body: str) -> None:
        """Return once the target has taken it."""
        ...


@dataclass(frozen=True, slots=True)
class AppriseDelivery:
    """The way all targets are reached."""

    timeout_s: float

    async def __call__(self, target: AlertTarget, title: str, body: str) -> None:
        """See `Deliver`. The thread of a call that is given up ends by itself, its sockets have time limits."""
        try:
            async with asyncio.timeout(self.timeout_s):
                reached = await asyncio.to_thread(_notify, target.url.get_secret_value(), title, body)
        except TimeoutError as error:
            raise NotDelivered("no answer in time") from error
        except OSError as error:
            raise NotDelivered(type(error).__name__) from error
        if not reached:
            raise NotDelivered("the target refused it or was not reached")


def _notify(url: str, title: str, body: str) -> bool:
    way = apprise.Apprise()
    if not way.add(url):
        raise NotDelivered("apprise does not understand its address")
    return bool(way.notify(body=body, title=title))
