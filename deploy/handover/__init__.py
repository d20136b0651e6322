"""Handing a delivery to the running system as its channel would: by HTTP, by SMTP, or into a mailbox by IMAP."""

import hashlib
from collections.abc import Collection
from pathlib import Path

from deploy.handover.http import gateway_url, post
from deploy.handover.mail import mail
from schemas.complaint import Channel
from schemas.delivery_lines import SubmittedLine
from schemas.errors import InvalidRequest
from schemas.settings import Settings

__all__ = ["CHANNEL_OF", "channel_of", "content_key", "gateway_url", "submit"]

CHANNEL_OF = {
    ".json": Channel.WEB.value,
    ".eml": Channel.EMAIL.value,
    ".xml": Channel.WECHAT.value,
    **dict.fromkeys((".xlsx", ".xls", ".csv", ".docx", ".pdf"), Channel.REGULATOR_12315.value),
}
"""File suffix → the channel that hands such files over."""


def channel_of(file: Path, asked: str | None, others: Collection[str] = ()) -> str:
    """Return the channel for a file; `others` may be asked for, too. Raises InvalidRequest when none takes it."""
    if not file.exists():
        raise InvalidRequest(f"{file}: No such file")
    known = sorted({*CHANNEL_OF.values(), *others})
    channel = asked or CHANNEL_OF.get(file.suffix.lower())
    if channel is None:
        raise InvalidRequest(
            f"{file}: no channel takes {file.suffix or 'such'} files; say --channel, one of {', '.join(known)}"
        )
    if channel not in known:
        raise InvalidRequest(f"channel {channel}: choose one of {', '.join(known)}")
    return channel


def content_key(data: bytes) -> str:
    """Return an Idempotency-Key made of the content: the same file handed over again is the same complaint."""
    return f"file-{hashlib.sha256(data).hexdigest()[:40]}"


def submit(
    settings: Settings, file: Path, *, channel: str | None = None, key: str | None = None, account: str | None = None
) -> list[SubmittedLine]:
    """Hand one file over as its channel would; a line for each complaint it is known to become."""
    from deploy.handover.calls import CALLERS, call  # all that connectors read with, slow to import
    from deploy.handover.folder import SUFFIXES, drop

    way = channel_of(file, channel, CALLERS)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InvalidRequest(f"{file}: {error.strerror}") from error
    if way == Channel.EMAIL.value:
        return [mail(settings, str(file), data, account)]
    if way == Channel.REGULATOR_12315.value and file.suffix.lower() in SUFFIXES:
        return [drop(settings, file, data, account)]
    if way in CALLERS:
        return call(settings, str(file), data, way, account)
    return [post(settings, str(file), data, key or content_key(data))]
