"""Whether a push was signed by a system that knows one of the account's secrets, and not too long ago.

The scheme is our own offer to whoever connects an authority's system (facts 4.4a): HMAC-SHA256 in hexadecimal over
`timestamp.METHOD.path.sha256(body)`, the timestamp in seconds since 1970. No authority publishes one (unsure).
"""

import hashlib
import hmac

from connectors.contract import Evidence
from schemas.errors import NotGenuine
from schemas.inbound import Inbound
from schemas.settings import RegulatorAccountSettings

KEY_ID, TIMESTAMP, NONCE, SIGNATURE = "X-Key-Id", "X-Timestamp", "X-Nonce", "X-Signature"
IDEMPOTENCY_KEY = "Idempotency-Key"
_MAX_TIMESTAMP_DIGITS = 12
_MAX_NONCE_CHARS = 128


def sign(secret: str, timestamp: str, path: str, body: bytes) -> str:
    """The signature of a body that is posted to a path."""
    digest = hashlib.sha256(body).hexdigest()
    return hmac.digest(secret.encode(), f"{timestamp}.POST.{path}.{digest}".encode(errors="replace"), "sha256").hex()


def path_of(inbound: Inbound) -> str:
    """The path that was called, as it is signed."""
    event = inbound.source.get("event")
    return f"/webhooks/{inbound.channel}/{inbound.account}" + (f"/{event}" if event else "")


def verify(account: RegulatorAccountSettings | None, inbound: Inbound) -> None:
    """Raise `NotGenuine` unless the named secret made the signature, the timestamp is fresh and a nonce is there.

    One comparison is made whatever is wrong, also for an account or key there is not: time tells nothing.
    """
    headers = inbound.headers
    timestamp = headers.get(TIMESTAMP.lower(), "")
    secrets = account.secrets if account is not None and account.enabled else {}
    named = secrets.get(headers.get(KEY_ID.lower(), ""))
    made = sign(named.get_secret_value() if named else "", timestamp, path_of(inbound), inbound.body)
    given = headers.get(SIGNATURE.lower(), "").strip()
    same = hmac.compare_digest(made.encode(), given.encode(errors="replace"))
    if not (same and named is not None and account is not None and _has_nonce(headers)):
        raise NotGenuine("regulator_12315: not signed with a secret of this account")
    if not _is_fresh(timestamp, inbound.received_at.timestamp(), account.freshness.total_seconds()):
        raise NotGenuine("regulator_12315: not fresh")


def _has_nonce(headers: Evidence) -> bool:
    return 0 < len(headers.get(NONCE.lower(), "")) <= _MAX_NONCE_CHARS


def _is_fresh(timestamp: str, received_s: float, window_s: float) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _MAX_TIMESTAMP_DIGITS):
        return False
    return abs(received_s - int(timestamp)) <= window_s
