"""Answers as SMS (or as a message of the messenger somebody wrote by) through the Messages API.

Source: twilio.com/docs/messaging/api/message-resource, read 2026-11-22. Creating has no idempotency key, so a lost
answer is never tried again by machine: the list of messages is asked. 429 says the request was not processed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from connectors.contract import Fate, Outgoing, Sent
from connectors.phone.twilio.api import TwilioApi, body_of, moment
from connectors.phone.twilio.codes import Verdict, verdict
from connectors.phone.twilio.numbers import reply_address, split
from connectors.phone.twilio.steps import STATUS, callback_url
from infra.clock import present
from infra.logs import log
from schemas.complaint import Channel
from schemas.errors import ChannelUnavailable, IntakeError, OutcomeUnknown, RecipientRefused, ReplyRefused
from schemas.settings.twilio import TwilioSettings

_LOG = log(__name__)
_CLOCKS = timedelta(minutes=5)
"""How far Twilio's clock and ours may differ."""
_NEWEST_FIRST = timedelta(days=2)
"""Lists are sorted by when messages were sent, which for one that had to wait is later than when it was made."""


class TwilioReply:
    """Sends on the channel `phone` for the accounts of Twilio."""

    channel = Channel.PHONE.value

    def __init__(
        self,
        accounts: Mapping[str, TwilioSettings],
        client: httpx.AsyncClient,
        now: Callable[[], datetime] = present,
    ) -> None:
        self._accounts = accounts
        self._client = client
        self._now = now

    async def send(self, message: Outgoing, before_irrevocable: Callable[[], Awaitable[None]]) -> Sent:
        """Send one message; see `connectors.contract.Reply`. An account without export path refuses every one."""
        api, address = self._api(message), self._address(message)
        form = {
            "To": address,
            "Body": message.text,
            "StatusCallback": callback_url(api.settings.public_base_url, message.account, STATUS),
            **_from(api.settings, address),
        }
        await before_irrevocable()
        return _judged(await api.call("POST", api.url(f"{api.home}/Messages.json"), form), message.account)

    async def look_up(self, message: Outgoing, since: datetime) -> Fate:
        """What became of a message, see `connectors.contract.LooksUp`: whether one to this number says the same.

        Sent is what Twilio took, whether or not it reached the telephone: that is its status callback's matter.
        """
        api, address, now = self._api(message), self._address(message), self._now()
        # Not by DateSent: a message that waits in the queue has none, and it is unsure whether it would be listed.
        messages = api.listed(f"{api.home}/Messages.json", "messages", {"To": address})
        try:
            async with asyncio.timeout(api.settings.timeout.total_seconds()):
                async for entry in messages:
                    if _is_this(entry, message, since):
                        return Fate.SENT
                    if _is_long_before(entry, since):
                        break
        except TimeoutError as error:
            raise ChannelUnavailable("Twilio's list of messages takes too long") from error
        return Fate.NEVER_SENT if now - since >= api.settings.settled_after else Fate.NOT_KNOWN

    def _api(self, message: Outgoing) -> TwilioApi:
        settings = self._accounts.get(message.account)
        if settings is None:
            raise ReplyRefused("the account of this message is none of Twilio's")
        if settings.off_because:
            raise ReplyRefused(f"Twilio account {message.account} is off: {settings.off_because}")
        return TwilioApi(settings, self._client)

    def _address(self, message: Outgoing) -> str:
        found = reply_address(message.address)
        if found is None:
            raise ReplyRefused("no number that a message can be sent to")
        return found


def _from(settings: TwilioSettings, address: str) -> dict[str, str]:
    """Who sends: the service, or our first number of the same messenger; only such a pair goes together."""
    channel, _ = split(address)
    if settings.messaging_service_sid is not None and not channel:
        return {"MessagingServiceSid": settings.messaging_service_sid}
    ours = next((number for number in settings.numbers if split(number)[0] == channel), None)
    if ours is None:
        raise ReplyRefused(f"no number of ours to send from by {channel.rstrip(':') or 'SMS'}")
    return {"From": ours}


def _judged(response: httpx.Response, account: str) -> Sent:
    status, answer = response.status_code, body_of(response)
    code = _number(answer, "error_code") or (_number(answer, "code") if status >= 400 else None)
    if 200 <= status < 300 and code is None:
        sid = (answer or {}).get("sid")
        if not isinstance(sid, str):
            raise OutcomeUnknown("Twilio took the message and nobody can read its answer")
        return Sent(sid)
    if 200 <= status < 500 and (code is not None or status >= 400):
        raise _failure(verdict(code or 0, status), code, account)
    raise OutcomeUnknown(f"Twilio answers with status {status}")


def _number(answer: dict[str, Any] | None, name: str) -> int | None:
    found = (answer or {}).get(name)
    return found if isinstance(found, int) else None


def _failure(found: Verdict, code: int | None, account: str) -> IntakeError:
    if found is Verdict.OPTED_OUT:
        return RecipientRefused(f"the person wants no messages of ours: code {code}")
    if found is Verdict.REFUSED:
        return ReplyRefused(f"refused by Twilio: code {code}")
    if found is Verdict.OURS:
        _LOG.error("Twilio refuses us", account=account, status=code or 0)
    return ChannelUnavailable(f"Twilio cannot take it now: code {code}")


def _is_long_before(entry: Mapping[str, Any], since: datetime) -> bool:
    made = moment(entry.get("date_created"))
    return made is not None and made < since - _NEWEST_FIRST


def _is_this(entry: Mapping[str, Any], message: Outgoing, since: datetime) -> bool:
    made = moment(entry.get("date_created")) or moment(entry.get("date_sent"))
    outgoing = str(entry.get("direction", "")).startswith("outbound")
    return outgoing and entry.get("body") == message.text and (made is None or made >= since - _CLOCKS)
