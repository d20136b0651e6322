"""Signed tokens for mails, forms and QR codes: made with the current key, verified with any that is still kept.

Three shapes. The long one carries any text and an expiry: `key.expiry.payload.mac`, safe in URLs. The short one
carries a tracking number through mail subjects and plus-addresses: `CT-` and 27 characters, case ignored. The key of
a complaint's page holds nothing but its signature and stands in the fragment of a link.
"""

import hashlib
import hmac
import re
from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from schemas.errors import NotGenuine, SettingsInvalid
from schemas.identity import CROCKFORD, read_tracking_number

_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_TO_CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", CROCKFORD)
_MAC_BYTES = 16
_CASE_PURPOSE = "case"
_TRACK_PURPOSE = "track"
_CASE_TOKEN = re.compile(rf"(?<![0-9A-Za-z])CT-([{CROCKFORD}]{{27}})(?![0-9A-Za-z])", re.IGNORECASE)
_MIN_SECRET_BYTES = 16


@dataclass(frozen=True, slots=True)
class TokenKeys:
    """The keys of an installation: new tokens are made with `current`, all of `secrets` verify.

    Raises `SettingsInvalid` for a key id outside [A-Za-z0-9_-], a secret under 16 bytes or a missing current key.
    """

    current: str
    secrets: Mapping[str, bytes]

    def __post_init__(self) -> None:
        if self.current not in self.secrets:
            raise SettingsInvalid(f"INTAKE_KEYS__CURRENT_TOKEN names {self.current!r}, which INTAKE_KEYS__TOKENS lacks")
        for key_id, secret in self.secrets.items():
            if not _KEY_ID.fullmatch(key_id):
                raise SettingsInvalid(f"key id {key_id!r} of INTAKE_KEYS__TOKENS: use letters, digits, - and _")
            if len(secret) < _MIN_SECRET_BYTES:
                raise SettingsInvalid(f"secret {key_id!r} of INTAKE_KEYS__TOKENS is shorter than 16 bytes")


def sign(keys: TokenKeys, purpose: str, payload: str, expires_at: datetime | None = None) -> str:
    """Make a token that only verifies for `purpose`; without `expires_at` it lives as long as its key is kept."""
    expiry = str(int(expires_at.timestamp())) if expires_at is not None else "0"
    body = f"{keys.current}.{expiry}.{_encode(payload.encode())}"
    return f"{body}.{_encode(_mac(keys.secrets[keys.current], purpose, body))}"


def verify(keys: TokenKeys, purpose: str, token: str, now: datetime) -> str:
    """Return the payload of a token made by `sign` for this purpose. Raises `NotGenuine` for any other."""
    body, _, mac = token.rpartition(".")
    fields = body.split(".")
    if len(fields) != 3 or not token.isascii():
        raise NotGenuine("token: not in the form this system makes")
    key_id, expiry, payload = fields
    secret = keys.secrets.get(key_id)
    # An unknown key id takes the same way as a wrong signature: both answers cost and say the same.
    expected = _encode(_mac(secret or b"\0" * _MIN_SECRET_BYTES, purpose, body))
    if not hmac.compare_digest(expected, mac) or secret is None:
        raise NotGenuine("token: wrong signature, purpose or key")
    if expiry != "0" and now.timestamp() >= int(expiry):
        raise NotGenuine("token: expired")
    return urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()


def sign_case(keys: TokenKeys, tracking_number: str) -> str:
    """The short token that lets a reply join the case of this number: 30 characters, for subject and address.

    60 bits of signature: enough where each guess costs a mail.
    """
    number = tracking_number.replace("-", "")
    return f"CT-{_key_tag(keys.current)}{number}{_short_mac(keys.secrets[keys.current], number)}"


def verify_case(keys: TokenKeys, token: str) -> str:
    """Return the tracking number of a short token in canonical form. Raises `NotGenuine` when we did not make it."""
    match = _CASE_TOKEN.fullmatch(token.strip())
    if match is None:
        raise NotGenuine("case token: not in the form this system makes")
    body = match[1].upper()
    tag, number, mac = body[:2], body[2:15], body[15:]
    genuine = [
        hmac.compare_digest(_short_mac(secret, number), mac)
        for key_id, secret in keys.secrets.items()
        if _key_tag(key_id) == tag
    ]
    canonical = read_tracking_number(number)
    if not any(genuine) or canonical is None:
        raise NotGenuine("case token: wrong signature or key")
    return canonical


def find_case_tokens(text: str) -> Iterator[str]:
    """Everything in a subject, header or address that looks like a short token; `verify_case` decides."""
    return (match[0].upper() for match in _CASE_TOKEN.finditer(text))


def track_key(keys: TokenKeys, tracking_number: str) -> str:
    """The key that opens the page of one complaint: 24 characters, 128 bits of signature. It is kept nowhere."""
    return f"{_key_tag(keys.current)}{_track_mac(keys.secrets[keys.current], tracking_number)}"


def track_link(keys: TokenKeys, page_url: str, tracking_number: str) -> str:
    """The page's address with its key in the fragment, which browsers send to no server and no log ever sees."""
    return f"{page_url}#k={track_key(keys, tracking_number)}"


def opens_track(keys: TokenKeys, tracking_number: str, given: str) -> bool:
    """Whether this is the key of this complaint's page, also one made with a retired key.

    Every secret is tried, whatever was given: a wrong one costs as much as a right one.
    """
    given_bytes = given.encode(errors="replace")
    genuine = [
        hmac.compare_digest((_key_tag(key_id) + _track_mac(secret, tracking_number)).encode(), given_bytes)
        for key_id, secret in keys.secrets.items()
    ]
    return any(genuine)


def _track_mac(secret: bytes, tracking_number: str) -> str:
    return _encode(_mac(secret, _TRACK_PURPOSE, tracking_number))


def _mac(secret: bytes, purpose: str, body: str) -> bytes:
    message = f"{len(purpose)}:{purpose}{body}".encode()
    return hmac.digest(secret, message, "sha256")[:_MAC_BYTES]


def _short_mac(secret: bytes, number: str) -> str:
    return b32encode(_mac(secret, _CASE_PURPOSE, number)).decode().translate(_TO_CROCKFORD)[:12]


@cache
def _key_tag(key_id: str) -> str:
    """Two characters that say which key, without limiting how operators name their keys."""
    return b32encode(hashlib.sha256(key_id.encode()).digest()).decode().translate(_TO_CROCKFORD)[:2]


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
