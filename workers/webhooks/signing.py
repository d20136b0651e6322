"""Signatures of posts. Source: Standard Webhooks 1.0.0 (standardwebhooks.com), symmetric signatures `v1`."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from schemas.errors import SettingsInvalid

_PREFIX = "whsec_"
_MIN_BYTES, _MAX_BYTES = 24, 64
"""What the standard asks for."""


def keys_of(secret: str, name: str) -> tuple[bytes, ...]:
    """The keys of a setting, separated by blanks: every post is signed with each, so that they can be changed.

    Raises `SettingsInvalid` that names the setting.
    """
    keys = tuple(_key(one, name) for one in secret.split())
    if not keys:
        raise SettingsInvalid(f"{name} is not set: posts must be signed")
    return keys


def _key(secret: str, name: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise SettingsInvalid(f"{name}: {_PREFIX} and base64 of {_MIN_BYTES} to {_MAX_BYTES} bytes") from error
    if not _MIN_BYTES <= len(key) <= _MAX_BYTES:
        raise SettingsInvalid(f"{name}: {_PREFIX} and base64 of {_MIN_BYTES} to {_MAX_BYTES} bytes")
    return key


def signature(keys: Sequence[bytes], webhook_id: str, timestamp_s: int, body: bytes) -> str:
    """The header `webhook-signature` of one post."""
    signed = f"{webhook_id}.{timestamp_s}.".encode() + body
    made = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return " ".join(f"v1,{base64.b64encode(one).decode()}" for one in made)
