"""Handing a mail over: by SMTP into the demo mailbox, by IMAP APPEND into any other."""

import smtplib
from email import message_from_bytes, policy
from email.utils import parseaddr

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from deploy.settings import DEMO_ACCOUNT
from schemas.complaint import Channel
from schemas.delivery_lines import SubmittedLine
from schemas.errors import InvalidRequest, Unreachable
from schemas.settings import MailboxSettings, Settings

_TIMEOUT_S = 30.0
_UNKNOWN_SENDER = "unknown@invalid"


def mail(settings: Settings, file: str, data: bytes, account: str | None) -> SubmittedLine:
    """Put one mail into our mailbox: by SMTP into the demo mailbox, by IMAP APPEND into any other.

    Raises InvalidRequest when no mailbox is configured or it refuses the mail, Unreachable when it does not answer.
    """
    name, mailbox = _mailbox(settings, account)
    try:
        if name == DEMO_ACCOUNT and settings.smtp is not None:
            _smtp(settings.smtp.host, settings.smtp.port, mailbox.addresses[0], data)
            return SubmittedLine(file=file, channel=Channel.EMAIL.value, way="smtp")
        _append(mailbox, data)
        return SubmittedLine(file=file, channel=Channel.EMAIL.value, way="imap")
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, IMAPClientError) as error:
        raise InvalidRequest(f"{file}: the mailbox refuses it ({type(error).__name__}: {error})") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(f"the mailbox {name} does not answer: is it running? (`intake platform status`)") from error


def _mailbox(settings: Settings, account: str | None) -> tuple[str, MailboxSettings]:
    if account is None and len(settings.mailboxes) == 1:
        account = next(iter(settings.mailboxes))
    if account is None or account not in settings.mailboxes:
        known = ", ".join(settings.mailboxes)
        if not known:
            raise Unreachable("no mailbox runs: start everything with `intake run`, or set INTAKE_MAILBOXES__…")
        raise InvalidRequest(f"say --account, one of: {known}")
    return account, settings.mailboxes[account]


def _smtp(host: str, port: int, recipient: str, data: bytes) -> None:
    lines = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    with smtplib.SMTP(host, port, timeout=_TIMEOUT_S) as server:
        server.sendmail(_envelope_sender(data), [recipient], lines)


def _envelope_sender(data: bytes) -> str:
    """Return the address an SMTP client would give, a made-up one when the mail names none that SMTP can carry."""
    message = message_from_bytes(data, policy=policy.compat32)
    for name in ("Return-Path", "From"):
        address = parseaddr(str(message.get(name, "")))[1]
        if "@" in address and address.isascii() and " " not in address:
            return address
    return _UNKNOWN_SENDER


def _append(mailbox: MailboxSettings, data: bytes) -> None:
    with IMAPClient(
        mailbox.host, port=mailbox.port, ssl=mailbox.security == "tls", timeout=mailbox.timeout.total_seconds()
    ) as client:
        if mailbox.security == "starttls":
            client.starttls()
        client.login(mailbox.user, mailbox.password.get_secret_value())
        client.append(mailbox.folder, data)
