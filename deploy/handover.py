"""Handing a delivery to the running system as its channel would: by HTTP, by SMTP, or into a mailbox by IMAP."""

import hashlib
import smtplib
from collections.abc import Collection
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from deploy.local.status import read_gateway
from deploy.settings import DEMO_ACCOUNT
from schemas.commands import SubmittedLine
from schemas.complaint import Channel
from schemas.errors import InvalidRequest, Unreachable
from schemas.settings import MailboxSettings, Settings

CHANNEL_OF = {".json": Channel.WEB.value, ".eml": Channel.EMAIL.value}
"""File suffix → the channel that hands such files over."""

_TIMEOUT_S = 30.0
_UNKNOWN_SENDER = "unknown@invalid"


def channel_of(file: Path, asked: str | None, others: Collection[str] = ()) -> str:
    """Return the channel for a file; `others` may be asked for, too. Raises InvalidRequest when none takes it."""
    if not file.exists():
        raise InvalidRequest(f"{file}: No such file")
    channel = asked or CHANNEL_OF.get(file.suffix.lower())
    if channel is None:
        raise InvalidRequest(f"{file}: no channel takes {file.suffix or 'such'} files; say --channel email or web")
    known = {*CHANNEL_OF.values(), *others}
    if channel not in known:
        raise InvalidRequest(f"channel {channel}: choose one of {', '.join(sorted(known))}")
    return channel


def gateway_url(settings: Settings) -> str:
    """Return where the gateway of this installation answers."""
    running = read_gateway(settings.home)
    if running is not None:
        return running.url
    return settings.gateway.public_url or f"http://{settings.gateway.host}:{settings.gateway.port}"


def content_key(data: bytes) -> str:
    """Return an Idempotency-Key made of the content: the same file handed over again is the same complaint."""
    return f"file-{hashlib.sha256(data).hexdigest()[:40]}"


def post(settings: Settings, file: str, data: bytes, key: str) -> SubmittedLine:
    """Post one JSON complaint. Raises InvalidRequest with the gateway's own words, Unreachable without a gateway."""
    url = gateway_url(settings)
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    try:
        answer = httpx.post(f"{url}/api/v1/complaints", content=data, headers=headers, timeout=_TIMEOUT_S)
    except httpx.TransportError as error:
        raise Unreachable(
            f"no gateway answers at {url}: start everything with `intake run`, or only it with `intake gateway`"
        ) from error
    body = _json(answer)
    if answer.status_code != httpx.codes.ACCEPTED:
        raise InvalidRequest(f"{file}: {answer.status_code} {body.get('title', '')} {body.get('detail', '')}".strip())
    return SubmittedLine(
        file=file,
        channel=Channel.WEB.value,
        way="http",
        complaint_id=UUID(body["complaint_id"]),
        tracking_number=body["tracking_number"],
        status_url=body["status_url"],
    )


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


def submit(
    settings: Settings, file: Path, *, channel: str | None = None, key: str | None = None, account: str | None = None
) -> SubmittedLine:
    """Hand one file over as its channel would."""
    way = channel_of(file, channel)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InvalidRequest(f"{file}: {error.strerror}") from error
    if way == Channel.EMAIL.value:
        return mail(settings, str(file), data, account)
    return post(settings, str(file), data, key or content_key(data))


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
        client.append(mailbox.folder, data, msg_time=datetime.now(UTC))


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
