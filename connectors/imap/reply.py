"""Acknowledgements over SMTP. Each way a dialogue can end is a definite verdict, or says that it is none.

Source: RFC 5321. Everything before the end of DATA can be taken back; after it only the server's final answer tells.
"""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiosmtplib import SMTP, SMTPException, SMTPRecipientRefused, SMTPResponseException, SMTPSenderRefused

from connectors.contract import Outgoing, Sent
from connectors.imap.compose import Letter, compose
from infra.logs import log
from schemas.complaint import Channel
from schemas.errors import ChannelUnavailable, IntakeError, OutcomeUnknown, RecipientRefused, ReplyRefused
from schemas.settings import SmtpSettings

_LOG = log(__name__)
_OUR_OWN_FAULT = frozenset({500, 502, 503, 530, 534, 535, 538})
"""Command unknown or out of sequence, authentication missing or too weak: no recipient is to blame, a person must act.

GreenMail answers 503 at RCPT after an empty envelope sender: such a server needs INTAKE_SMTP__BOUNCE_ADDRESS.
"""
_NO_SUCH_MAILBOX = re.compile(r"5\.(?:1\.(?:1|2|3|6|10)|2\.1)\b")
"""RFC 3463 and 7505: no such mailbox or domain, moved, takes no mail, disabled. Other refusals may be our own fault."""


class MailReply:
    """Sends on the channel `email`, one connection a message."""

    channel = Channel.EMAIL.value

    def __init__(self, smtp: SmtpSettings) -> None:
        self._settings = smtp

    async def send(self, message: Outgoing, before_irrevocable: Callable[[], Awaitable[None]]) -> Sent:
        """Send one message; see `connectors.contract.Reply`. The whole dialogue stays within `smtp.timeout`."""
        letter = compose(message, self._settings.from_address, self._settings.from_name)
        deadline = asyncio.get_running_loop().time() + self._settings.timeout.total_seconds()
        client = self._client()
        try:
            await self._offer(client, letter, deadline)
            await before_irrevocable()
            if asyncio.get_running_loop().time() >= deadline:
                raise ChannelUnavailable("no time left for the dialogue, nothing was sent")
            return await self._transfer(client, letter, deadline)
        finally:
            client.close()

    def _client(self) -> SMTP:
        settings = self._settings
        return SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=settings.timeout.total_seconds(),
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=None if settings.security == "plain" else ssl.create_default_context(),
            local_hostname=settings.from_address.rpartition("@")[2],
        )

    async def _offer(self, client: SMTP, letter: Letter, deadline: float) -> None:
        """Everything up to the accepted recipient; whatever goes wrong here, nothing was sent."""
        try:
            async with asyncio.timeout_at(deadline):
                await client.connect()
                await self._log_in(client)
                await self._envelope(client, letter)
        except (SMTPException, OSError, ValueError) as error:
            raise _before_data(error) from error

    async def _log_in(self, client: SMTP) -> None:
        settings = self._settings
        if not settings.user:
            return
        try:
            await client.login(settings.user, settings.password.get_secret_value() if settings.password else "")
        except SMTPException as error:
            _LOG.error("mail server refuses our login", error_class=type(error).__name__)
            raise ChannelUnavailable("login refused: check INTAKE_SMTP__USER and INTAKE_SMTP__PASSWORD") from error

    async def _envelope(self, client: SMTP, letter: Letter) -> None:
        if client.is_ehlo_or_helo_needed:
            await client.ehlo()
        if letter.needs_utf8 and not client.supports_extension("smtputf8"):
            raise ReplyRefused("our mail server cannot send to addresses with non-ASCII characters")
        encoding = "utf-8" if letter.needs_utf8 else "ascii"
        options = ["SMTPUTF8"] if letter.needs_utf8 else []
        await client.mail(self._settings.bounce_address, options=options, encoding=encoding)
        await client.rcpt(letter.recipient, encoding=encoding)

    async def _transfer(self, client: SMTP, letter: Letter, deadline: float) -> Sent:
        """Hand the mail over. Without a final answer nobody knows whether it went out."""
        try:
            async with asyncio.timeout_at(deadline):
                await client.data(letter.content)
        except SMTPResponseException as error:
            if error.code // 100 != 2:
                raise _after_data(error) from error
        except (SMTPException, OSError) as error:
            raise OutcomeUnknown(f"no answer after the mail was handed over: {type(error).__name__}") from error
        with suppress(SMTPException, OSError):
            await client.quit(timeout=2)
        return Sent(letter.message_id)


def _before_data(error: Exception) -> IntakeError:
    if not isinstance(error, SMTPResponseException):
        return ChannelUnavailable(f"mail server not available: {type(error).__name__}")
    about_the_mail = isinstance(error, (SMTPSenderRefused, SMTPRecipientRefused)) and error.code not in _OUR_OWN_FAULT
    if error.code // 100 == 5 and about_the_mail:
        gone = isinstance(error, SMTPRecipientRefused) and _NO_SUCH_MAILBOX.match(error.message)
        refusal = RecipientRefused if gone else ReplyRefused
        return refusal(f"refused by the mail server: {error.code}")
    if error.code // 100 == 5:
        _LOG.error("mail server refuses us", status=error.code)
    return ChannelUnavailable(f"mail server not available: {error.code}")


def _after_data(error: SMTPResponseException) -> IntakeError:
    """The final answer is definite: 4xx and 5xx both say that the server has not taken the mail."""
    if error.code // 100 == 5:
        return ReplyRefused(f"refused by the mail server: {error.code}")
    if error.code // 100 == 4:
        return ChannelUnavailable(f"mail server cannot take it now: {error.code}")
    return OutcomeUnknown(f"answer nobody can read: {error.code}")
