"""Whether a delivery is the vendor's, and what is in it: signatures, freshness, AES, the URL check.

Sources: the vendor's rule sha1(sorted(token, timestamp, nonce[, Encrypt])) and AES envelope as in wechatpy 1.8.18,
WxJava and EasyWeChat, whose vectors the tests hold. `signature` does not cover the body: an account with an AES key
takes only deliveries under `msg_signature`. Signatures are checked on bytes, before any XML is parsed. Nonces seen
before are the route's business: they need a memory that several processes share.
"""

import base64
import hashlib
import hmac
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import WeChatException

from schemas.errors import NotGenuine, PayloadRejected, Reason
from schemas.settings import WeChatSettings

MAX_BODY_BYTES = 64 * 1024
"""A text message holds 2048 bytes; compatible mode sends it about three times as long."""
_ENCRYPT = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?\s*([A-Za-z0-9+/=]+)\s*(?:\]\]>)?\s*</Encrypt>")
_MAX_CANDIDATES = 128
"""More than a text message has room for."""
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_FOREIGN = (WeChatException, ValueError, IndexError, struct.error)
"""What wechatpy raises on bad base64, length, padding, UTF-8, or another account's app id (facts tried on 1.8.18)."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The XML of a genuine delivery. `sealed`: the signature covers it, so the sender's openid is proven."""

    xml: bytes
    sealed: bool


def signature(*values: str) -> str:
    """The vendor's signature of these values, in any order: hex SHA-1 of the sorted values joined."""
    joined = "".join(sorted(values)).encode(errors="replace")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def is_fresh(timestamp: str, at: datetime, window: timedelta) -> bool:
    """Whether the vendor's `timestamp` (Unix seconds) lies within `window` before or after `at`."""
    if not _SECONDS.fullmatch(timestamp):
        return False
    return abs(at.timestamp() - int(timestamp)) <= window.total_seconds()


def echo(account: WeChatSettings, query: Mapping[str, str], at: datetime) -> str:
    """What to answer to the vendor's check of our URL, as text/plain and nothing else.

    Official accounts sign it plainly in every mode; with `msg_signature` (WeCom) it comes encrypted. Raises
    `NotGenuine`, or `PayloadRejected` when it cannot be decrypted.
    """
    _check_fresh(account, query, at)
    given = query.get("echostr", "")
    if query.get("msg_signature"):
        _check(account, query, "msg_signature", given)
        return decrypted(account, given).decode()
    _check(account, query, "signature")
    return given


def opened(account: WeChatSettings, query: Mapping[str, str], body: bytes, at: datetime) -> Opened:
    """Verify a delivery that arrived `at` and return its XML, decrypted where it was encrypted.

    Raises `NotGenuine` (stale, unsigned, wrongly signed, plain although an AES key is set) or `PayloadRejected`
    (genuine, but too large or not to be decrypted with the account's keys).
    """
    _check_fresh(account, query, at)
    if account.aes_key is None:
        return _opened_plain(account, query, body)
    encrypted = _signed_part(account, query, body)
    check_size(body)
    return Opened(decrypted(account, encrypted), sealed=True)


def decrypted(account: WeChatSettings, encrypted: str) -> bytes:
    """Decrypt with the account's AES key, or the one before it. Raises `PayloadRejected` when neither opens it.

    Wrong settings look the same as damaged data, so the delivery is kept and can be read again later.
    """
    for key in (account.aes_key, account.previous_aes_key):
        if key is None:
            continue
        try:
            cipher = PrpCrypto(base64.b64decode(key.get_secret_value() + "="))
            text: str = cipher.decrypt(encrypted, account.app_id)
            return text.encode()
        except _FOREIGN:
            continue
    raise PayloadRejected(Reason.UNREADABLE, "the account's AES keys and app id do not open it")


def _opened_plain(account: WeChatSettings, query: Mapping[str, str], body: bytes) -> Opened:
    _check(account, query, "signature")
    check_size(body)
    if query.get("encrypt_type", "raw") == "aes":
        raise PayloadRejected(Reason.UNREADABLE, "encrypted, and the account has no AES key")
    return Opened(body, sealed=False)


def _signed_part(account: WeChatSettings, query: Mapping[str, str], body: bytes) -> str:
    """The Encrypt element the signature is of. What a customer wrote may look like one too (compatible mode)."""
    for found in islice(_ENCRYPT.finditer(body), _MAX_CANDIDATES):
        encrypted = found[1].decode()
        if _is_signed(account, query, "msg_signature", encrypted):
            return encrypted
    raise NotGenuine("msg_signature is of no Encrypt element in the body")


def _is_signed(account: WeChatSettings, query: Mapping[str, str], name: str, *more: str) -> bool:
    """Whether the parameter `name` is what one of the account's tokens makes; each is tried, whatever is wrong."""
    given = query.get(name, "").encode(errors="replace")
    signed = query.get("timestamp", ""), query.get("nonce", ""), *more
    tokens = [one.get_secret_value() for one in (account.token, account.previous_token) if one is not None]
    found = [hmac.compare_digest(signature(token, *signed).encode(), given) for token in tokens]
    return any(found)


def _check(account: WeChatSettings, query: Mapping[str, str], name: str, *more: str) -> None:
    if not _is_signed(account, query, name, *more):
        raise NotGenuine("signature is missing or wrong")


def _check_fresh(account: WeChatSettings, query: Mapping[str, str], at: datetime) -> None:
    if not is_fresh(query.get("timestamp", ""), at, account.freshness):
        raise NotGenuine("timestamp is missing, or too far from when it arrived")


def check_size(body: bytes) -> None:
    """Raise `PayloadRejected` for a body over the limit."""
    if len(body) > MAX_BODY_BYTES:
        raise PayloadRejected(Reason.TOO_LARGE, f"over {MAX_BODY_BYTES} bytes")
