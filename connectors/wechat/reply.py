"""Answers on WeChat: a customer-service message, or a template message where that window is closed.

Sources: developers.weixin.qq.com, message/custom/send and message/template/send; windows and quotas since 2023-06-12
second-hand (5 messages within 48 hours of a person's message, 3 within a minute of a menu click, follow or scan).
Whether the window is open only the vendor knows: it is asked first, and a refusal (45015, 45047) is definite. Template
fields hold at most 20 characters without line breaks. `client_msg_id` is not used: a call whose outcome is not known
is never repeated, and with it TEMPLATESENDJOBFINISH is reported to come with MsgID 0 (community question, unsure).
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from connectors.contract import Outgoing, Sent
from connectors.wechat.accounts import Accounts, Way
from connectors.wechat.api import post
from connectors.wechat.errors import Verdict, code
from infra.logs import log
from schemas.complaint import Channel
from schemas.errors import ChannelUnavailable, IntakeError, OutcomeUnknown, RecipientRefused, ReplyRefused
from schemas.identity import CROCKFORD, read_tracking_number
from schemas.reply import ACKNOWLEDGEMENT
from schemas.settings import WeChatSettings

CUSTOMER_SERVICE = "/cgi-bin/message/custom/send"
TEMPLATE = "/cgi-bin/message/template/send"
_FIELD_CHARS = 20
_NUMBER = re.compile(rf"(?<![0-9A-Za-z])(?:[{CROCKFORD}]{{4}}-){{3}}[{CROCKFORD}](?![0-9A-Za-z])")
_LOG = log(__name__)


class WeChatReply:
    """Sends on the channel `wechat`."""

    channel = Channel.WECHAT.value

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def send(self, message: Outgoing, before_irrevocable: Callable[[], Awaitable[None]]) -> Sent:
        """Send one message; see `connectors.contract.Reply`. All calls together stay within the account's timeout."""
        way = self._accounts.ways.get(message.account)
        if way is None:
            raise ChannelUnavailable("the account of this message is not set up for sending")
        sending = _Sending(self._accounts.client, way, message, before_irrevocable)
        try:
            async with asyncio.timeout(way.settings.timeout.total_seconds()):
                return await sending.send()
        except TimeoutError as error:
            verdict = OutcomeUnknown if sending.begun else ChannelUnavailable
            raise verdict("no answer from the vendor in time") from error


def wechat_reply(accounts: Accounts | None) -> WeChatReply | None:
    """What sends; None when no account can be called."""
    return WeChatReply(accounts) if accounts is not None else None


class _Sending:
    """One message on its way. `begun`: the point of no return was passed."""

    def __init__(
        self, client: httpx.AsyncClient, way: Way, message: Outgoing, before_irrevocable: Callable[[], Awaitable[None]]
    ) -> None:
        self.begun = False
        self._client = client
        self._way = way
        self._message = message
        self._before_irrevocable = before_irrevocable

    async def send(self) -> Sent:
        message = self._message
        body = {"touser": message.address, "msgtype": "text", "text": {"content": message.text}}
        answer = await self._call(CUSTOMER_SERVICE, body)
        number: int = answer["errcode"]
        if number == 0:
            return Sent(_message_id(answer), "customer-service message")
        template = _template(self._way.settings, message)
        if code(number).verdict not in (Verdict.WINDOW_CLOSED, Verdict.QUOTA) or template is None:
            raise self._refusal(number)
        answer = await self._call(TEMPLATE, template)
        if answer["errcode"] != 0:
            raise self._refusal(answer["errcode"])
        return Sent(_message_id(answer), "template message")

    async def _call(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        async def once(token: str) -> tuple[int, dict[str, Any]]:
            if not self.begun:
                await self._before_irrevocable()
                self.begun = True
            answer = await post(self._client, f"{self._way.settings.api_url}{path}", body, token)
            return answer["errcode"], answer

        return await self._way.tokens.use(once)

    def _refusal(self, number: int) -> IntakeError:
        """What an error code means for the message. Every answer is definite: nothing was sent."""
        verdict = code(number).verdict
        if verdict is Verdict.OPERATOR:
            return self._way.tokens.close(number)
        if verdict in (Verdict.RETRY, Verdict.QUOTA):
            return ChannelUnavailable(f"the vendor cannot take it now: code {number}")
        if verdict is Verdict.BLOCKED:
            return RecipientRefused(f"the person takes no messages of this account: code {number}")
        if verdict is Verdict.PERMANENT:
            _LOG.warning("WeChat refuses a message", account=self._message.account, status=number)
        return ReplyRefused(f"refused by the vendor: code {number}")


def _template(settings: WeChatSettings, message: Outgoing) -> dict[str, Any] | None:
    """The template message; None when none is set up, or a field asks for a number that the text lacks.

    Its fields speak of a receipt: another message than the acknowledgement never goes out in it.
    """
    if message.kind != ACKNOWLEDGEMENT:
        return None
    written = _NUMBER.search(message.text)
    number = read_tracking_number(written[0]) if written else None
    wanted = settings.template_fields
    if settings.template_id is None or (number is None and any("{number}" in text for text in wanted.values())):
        return None
    data = {name: {"value": _field(text.replace("{number}", number or ""))} for name, text in wanted.items()}
    return {"touser": message.address, "template_id": settings.template_id, "data": data}


def _field(text: str) -> str:
    return " ".join(text.split())[:_FIELD_CHARS]


def _message_id(answer: Mapping[str, Any]) -> str | None:
    """The id a template message is known by in TEMPLATESENDJOBFINISH; a customer-service message has none."""
    found = answer.get("msgid")
    return str(found) if found is not None else None
