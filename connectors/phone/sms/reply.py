"""Acknowledgements by SMS through an approved template. Each way a call can end has its verdict.

Neither vendor's SendSms is idempotent, so a lost answer is never tried again by machine. Delivery reports (Aliyun
SmsReport, Tencent's status callback) are not read: the contract of a connector has no place for them; the ids they
carry are kept (`Sent.vendor_id`; Aliyun echoes the outbox id as `out_id`).
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import httpx

from connectors.contract import Outgoing, Sent
from connectors.phone.sms.codes import Verdict, verdict
from connectors.phone.sms.numbers import e164
from connectors.phone.sms.template import SmsTemplate, values
from connectors.phone.sms.vendors import Call, TemplateVendor
from infra.logs import log
from schemas.complaint import Channel
from schemas.errors import ChannelUnavailable, IntakeError, OutcomeUnknown, ReplyRefused, SettingsInvalid

_LOG = log(__name__)
# Both write the whole address of a request below WARNING, and Aliyun's holds the customer's number.
for _library in ("httpx", "httpcore"):
    logging.getLogger(_library).setLevel(logging.WARNING)

_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_MAINLAND = "+86"
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,80}")


class SmsReply:
    """Sends on the channel `phone` as SMS, to numbers of the mainland only: its templates are approved for no other."""

    channel = Channel.PHONE.value

    def __init__(
        self,
        vendor: TemplateVendor,
        templates: Mapping[str, SmsTemplate],
        client: httpx.AsyncClient,
        now: Callable[[], datetime],
        timeout: timedelta = timedelta(seconds=10),
    ) -> None:
        """`templates` by language (BCP 47), the first for any other; `timeout` is of one whole call."""
        if not templates:
            raise SettingsInvalid("sending SMS needs at least one approved template")
        self._vendor = vendor
        self._templates = templates
        self._client = client
        self._now = now
        self._timeout_s = timeout.total_seconds()
        # Reaching the vendor may take a third: a call that ends later has been sent, and its outcome is unknown.
        self._timeouts = httpx.Timeout(self._timeout_s, connect=self._timeout_s / 3, pool=self._timeout_s / 3)

    async def send(self, message: Outgoing, before_irrevocable: Callable[[], Awaitable[None]]) -> Sent:
        """Send one message; see `connectors.contract.Reply`."""
        number = e164(message.address)
        if number is None or not number.startswith(_MAINLAND):
            raise ReplyRefused("no number of the mainland: the SMS templates are approved for no other")
        template = self._templates.get(message.language) or next(iter(self._templates.values()))
        filled = values(template, message)
        await before_irrevocable()
        call = self._vendor.call(number, template, filled, message.outbox_id, self._now())
        return self._judged(await self._post(call))

    async def _post(self, call: Call) -> httpx.Response:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._client.post(
                    call.url,
                    headers=dict(call.headers),
                    content=call.content,
                    timeout=self._timeouts,
                    follow_redirects=False,
                )
        except _NOTHING_SENT as error:
            raise ChannelUnavailable(f"SMS vendor not reached: {type(error).__name__}") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise OutcomeUnknown(f"no answer from the SMS vendor: {type(error).__name__}") from error

    def _judged(self, response: httpx.Response) -> Sent:
        answer = self._vendor.answer(_json(response))
        if answer.code is None:
            raise _without_code(response.status_code)
        if answer.code == self._vendor.accepted:
            return Sent(answer.vendor_id)
        raise _failure(verdict(self._vendor.codes, answer.code), answer.code)


def _json(response: httpx.Response) -> object:
    try:
        body: object = response.json()
    except (ValueError, RecursionError):
        return None
    return body


def _without_code(status: int) -> IntakeError:
    """An answer that is not the vendor's: only a 4xx says for certain that the message was not taken."""
    if 400 <= status < 500:
        _LOG.error("SMS vendor refuses us", status=status)
        return ChannelUnavailable(f"SMS vendor refuses the call: {status}")
    return OutcomeUnknown(f"SMS vendor answers what nobody can read: {status}")


def _failure(found: Verdict, code: str) -> IntakeError:
    shown = code if _CODE.fullmatch(code) else "a code nobody can read"
    if found is Verdict.OURS:
        _LOG.error("SMS vendor refuses us", reason=shown)
    return _ERRORS[found](f"SMS vendor: {shown}")


_ERRORS: Mapping[Verdict, type[IntakeError]] = {
    Verdict.REFUSED: ReplyRefused,
    Verdict.LATER: ChannelUnavailable,
    Verdict.OURS: ChannelUnavailable,
    Verdict.UNKNOWN: OutcomeUnknown,
}
