"""Whether a delivery was signed by a system that knows one of the account's secrets, and not too long ago.

The scheme is the one Stripe publishes for its webhooks (docs.stripe.com/webhooks, "Verify manually"): HMAC-SHA256
over timestamp, ".", raw body, in hexadecimal, 300 s of tolerance. Here timestamp and signature have a header each;
the prefix `sha256=` is accepted, GitHub's form (docs.github.com, "Validating webhook deliveries").
"""

import hmac
from datetime import datetime, timedelta

from connectors.contract import Evidence
from schemas.errors import NotGenuine
from schemas.settings import WebhookSettings

_PREFIX = "sha256="
_MAX_TIMESTAMP_DIGITS = 12


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of a body sent at `timestamp`, seconds since 1970 in decimal digits."""
    return hmac.digest(secret.encode(), timestamp.encode(errors="replace") + b"." + body, "sha256").hex()


def verify(settings: WebhookSettings, headers: Evidence, body: bytes, received_at: datetime) -> None:
    """Raise `NotGenuine` unless one of the secrets made the signature and the timestamp is fresh.

    Every secret is tried and every comparison goes to its end, whatever is wrong: time tells nothing.
    """
    timestamp = headers.get(settings.timestamp_header.lower(), "")
    given = headers.get(settings.signature_header.lower(), "").strip().removeprefix(_PREFIX)
    signed = is_signed(settings, given, timestamp, body)
    if not signed or not is_fresh(timestamp, received_at, settings.freshness):
        raise NotGenuine("webhook: not signed with a secret of this account, or not fresh")


def is_signed(settings: WebhookSettings, given: str, timestamp: str, body: bytes) -> bool:
    """Whether `given` is the signature that one of the secrets makes."""
    made = [sign(secret.get_secret_value(), timestamp, body) for secret in settings.secrets.values()]
    found = [hmac.compare_digest(one.encode(), given.encode(errors="replace")) for one in made]
    return any(found)


def is_fresh(timestamp: str, received_at: datetime, window: timedelta) -> bool:
    """Whether `timestamp` lies within `window` before or after `received_at`; a clock may go ahead as well."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _MAX_TIMESTAMP_DIGITS):
        return False
    return abs(received_at.timestamp() - int(timestamp)) <= window.total_seconds()
