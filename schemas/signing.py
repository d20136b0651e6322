"""The signature on a department's record: hex HMAC-SHA256 of the value as it travels, in a header."""

import hmac

SIGNATURE_HEADER = "x-signature"


def signature(key: bytes, value: bytes) -> str:
    """Return the signature of a record's value."""
    return hmac.digest(key, value, "sha256").hex()


def is_genuine(key: bytes, value: bytes, given: str) -> bool:
    """Whether the header holds the signature of the value; compared in constant time."""
    return hmac.compare_digest(signature(key, value).encode(), given.strip().lower().encode(errors="replace"))
