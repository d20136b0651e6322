"""Messages by SMS through an approved template. Each way a call can end has its verdict.

Neither vendor's SendSms is idempotent, so a lost answer is never tried again by machine: the vendor is asked
(`look_up`). Delivery reports come as pushes (`reports`) and name the message by `Sent.vendor_id` or our outbox id.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import httpx

from connectors.contract import Fate, Outgoing, Sent
from connectors.phone.numbers import e164
from connectors.phone.sms.codes import Verdict, verdict
from connectors.phone.sms.template import SmsTemplate, Variable, values
from connectors.phone.sms.vendors import AliyunSms, Call, TemplateVendor, TencentSms
from infra.clock import present
from infra.logs import log
from schemas.complaint import Channel
from schemas.errors import (
    ChannelUnavailable,
    IntakeError,
    OutcomeUnknown,
    RecipientRefused,
    ReplyRefused,
    SettingsInvalid,
)
from schemas.reply import ACKNOWLEDGEMENT
from schemas.settings import SmsSendingSettings

_LOG = log(__name__)
# Both write the whole address of a request below WARNING, and Aliyun's holds the customer's number.
for _library in ("httpx", "httpcore"):
    logging.getLogger(_library).setLevel(logging.WARNING)

_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_MOBILE = re.compile(r"\+861[3-9][0-9]{9}")
"""Of the mainland, as `numbers` reads them: fixed lines there take no SMS."""
_SETTLED = timedelta(minutes=15)
"""How long after a try a message is surely listed if it was taken; no vendor says, so this is ours: unsure."""
_MAX_PAGES = 20
Templates = Mapping[str, SmsTemplate]
"""Language → approved template."""
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
        others: Mapping[str, Templates] | None = None,
    ) -> None:
        """`templates` by language (BCP 47, in any case), the first for any other; `timeout` is of one whole call.

        They are those of acknowledgements; `others` has the ones of other messages, by occasion or else by kind.
        """
        if not templates:
            raise SettingsInvalid("sending SMS needs at least one approved template")
        self._vendor = vendor
        self._templates = _in_small_letters(templates)
        self._others = {what: _in_small_letters(those) for what, those in (others or {}).items()}
        self._client = client
        self._now = now
        self._timeout_s = timeout.total_seconds()
        # Reaching the vendor may take a third: a call that ends later has been sent, and its outcome is unknown.
        self._timeouts = httpx.Timeout(self._timeout_s, connect=self._timeout_s / 3, pool=self._timeout_s / 3)

    async def send(self, message: Outgoing, before_irrevocable: Callable[[], Awaitable[None]]) -> Sent:
        """Send one message; see `connectors.contract.Reply`."""
        number = _mobile(message.address)
        if number is None:
            raise ReplyRefused("no mobile number of the mainland: the SMS templates are approved for no other")
        template = self._template(message)
        filled = values(template, message)
        await before_irrevocable()
        call = self._vendor.call(number, template, filled, message.outbox_id, self._now())
        return self._judged(await self._post(call))

    async def look_up(self, message: Outgoing, since: datetime) -> Fate:
        """What became of a message, see `connectors.contract.LooksUp`.

        Sent is what the vendor took, whether or not it reached the telephone: that is its delivery report's matter.
        """
        number, now = _mobile(message.address), self._now()
        if number is None:
            return Fate.NEVER_SENT
        if now - since > self._vendor.remembered:
            return Fate.NOT_KNOWN
        spans = {self._vendor.span(at): at for at in (since + _SETTLED, since)}
        for at in spans.values():
            if await self._is_listed(number, message, at):
                return Fate.SENT
        return Fate.NEVER_SENT if self._vendor.lists_all and now - since > _SETTLED else Fate.NOT_KNOWN

    def _template(self, message: Outgoing) -> SmsTemplate:
        """The approved words of an acknowledgement say nothing of an answer: what has none of its own is not sent."""
        templates = self._templates
        if message.kind != ACKNOWLEDGEMENT:
            named = (self._others.get(message.occasion or ""), self._others.get(message.kind))
            templates = next(filter(None, named), {})
        if not templates:
            raise ReplyRefused(f"no SMS template is approved for {message.kind} {message.occasion or ''}".rstrip())
        return templates.get(message.language.lower()) or next(iter(templates.values()))

    async def _is_listed(self, number: str, message: Outgoing, at: datetime) -> bool:
        for page in range(1, _MAX_PAGES + 1):
            try:
                response = await self._post(self._vendor.query(number, at, page, self._now()))
            except OutcomeUnknown as error:  # of a question nothing is left behind
                raise ChannelUnavailable("no answer from the SMS vendor about a message") from error
            listed = self._vendor.listed(_json(response), message.outbox_id, page)
            if listed.code != self._vendor.accepted:
                raise ChannelUnavailable(f"SMS vendor does not say what it sent: {_shown(listed.code or '')}")
            if listed.found or not listed.more:
                return listed.found
        raise ChannelUnavailable("SMS vendor lists more messages to one number than can be looked through")

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


def _in_small_letters(templates: Templates) -> Templates:
    return {language.lower(): template for language, template in templates.items()}


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
    shown = _shown(code)
    if found is Verdict.OURS:
        _LOG.error("SMS vendor refuses us", reason=shown)
    return _ERRORS[found](f"SMS vendor: {shown}")


def _shown(code: str) -> str:
    return code if _CODE.fullmatch(code) else "a code nobody can read"


def _mobile(address: str) -> str | None:
    """The number in E.164; None for what no template may be sent to."""
    number = e164(address)
    return number if number is not None and _MOBILE.fullmatch(number) else None


_ERRORS: Mapping[Verdict, type[IntakeError]] = {
    Verdict.REFUSED: ReplyRefused,
    Verdict.OPTED_OUT: RecipientRefused,
    Verdict.LATER: ChannelUnavailable,
    Verdict.OURS: ChannelUnavailable,
    Verdict.UNKNOWN: OutcomeUnknown,
}


def sms_reply(
    settings: SmsSendingSettings | None,
    client: httpx.AsyncClient | None = None,
    now: Callable[[], datetime] = present,
) -> SmsReply | None:
    """What sends SMS as these settings say; None without any. Raises `SettingsInvalid`."""
    if settings is None:
        return None
    variables = tuple(Variable(name) for name in settings.variables)
    used = {*variables, *(name for one in settings.messages.values() for name in one.variables)}
    if Variable.LINK in used and not settings.link_prefix:
        raise SettingsInvalid("INTAKE_SMS__LINK_PREFIX is not set: a whole link is longer than a variable may be")

    def approved(templates: Mapping[str, str], variables: tuple[Variable, ...]) -> Templates:
        made = (SmsTemplate(one, settings.sign_name, variables, settings.link_prefix) for one in templates.values())
        return dict(zip(templates, made, strict=True))

    others = {
        what: approved(one.templates, tuple(map(Variable, one.variables))) for what, one in settings.messages.items()
    }
    templates = approved(settings.templates, variables)
    return SmsReply(_vendor(settings), templates, client or httpx.AsyncClient(), now, settings.timeout, others)


def _vendor(settings: SmsSendingSettings) -> TemplateVendor:
    endpoint = {"endpoint": settings.api_url.rstrip("/")} if settings.api_url else {}
    if settings.vendor == "aliyun":
        return AliyunSms(settings.key_id, settings.key_secret, **endpoint)
    if settings.app_id is None:
        raise SettingsInvalid("INTAKE_SMS__APP_ID is not set, which Tencent Cloud needs")
    return TencentSms(settings.key_id, settings.key_secret, settings.app_id, settings.region, **endpoint)
