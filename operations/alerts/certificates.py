"""When the certificates end that others see of us and that our mail servers show. Looks over the network."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from cryptography.x509 import load_der_x509_certificate

from operations.findings.quiet import CERTIFICATE
from operations.findings.seen import Ending
from schemas.settings import Settings

_TIMEOUT_S = 5.0


async def certificates(settings: Settings) -> list[Ending]:
    """The end of each certificate; servers that cannot be reached are left out: that is another finding."""
    places = sorted(set(_places(settings)))
    found = await asyncio.gather(*(asyncio.to_thread(_look, *place) for place in places))
    return [one for one in found if one is not None]


def _places(settings: Settings) -> Iterator[tuple[str, int]]:
    public = urlsplit(settings.gateway.public_url or "")
    if public.scheme == "https" and public.hostname:
        yield public.hostname, public.port or 443
    for mailbox in settings.mailboxes.values():
        if mailbox.security == "tls":
            yield mailbox.host, mailbox.port
    if settings.smtp is not None and settings.smtp.security == "tls":
        yield settings.smtp.host, settings.smtp.port


def _look(host: str, port: int) -> Ending | None:
    # Not verified on purpose: one that has ended must be seen, too. Nothing is sent over this connection.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), _TIMEOUT_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as line,
        ):
            shown = line.getpeercert(binary_form=True)
    except (OSError, ValueError):
        return None
    if shown is None:
        return None
    return Ending(CERTIFICATE, f"{host}:{port}", load_der_x509_certificate(shown).not_valid_after_utc)
