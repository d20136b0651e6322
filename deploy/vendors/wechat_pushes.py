"""The calls WeChat makes to an official account's server: signed, in its three modes, and repeated as it repeats them.

Sources: developers.weixin.qq.com, "Message encryption and decryption" (SHA-1 over the sorted values; AES-256-CBC, the
first half of the key as IV, padding to 32 bytes, 16 random bytes and a length before the text, the AppID behind it) and
"Receiving standard messages" (5 s, three tries in all). That a try carries the signature of the first is unsure, so
`again` makes both kinds. The text around the Encrypt element is as in the samples of WxJava.
"""

import base64
import hashlib
import random
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from deploy.vendors.server import Push

_BLOCK_BYTES = 32
_NOISE_BYTES = 16
TRIES = 3
"""How often a call is made that was not answered within 5 s, the first included."""


class Mode(StrEnum):
    """How an account has its messages delivered."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class Server:
    """What an account's owner registered with the vendor: where to call, and the two secrets of it."""

    path: str
    app_id: str
    token: str
    aes_key: str = ""
    mode: Mode = Mode.PLAIN


def push(server: Server, fields: Mapping[str, str], at: datetime, nonce: str | None = None) -> Push:
    """One message or event made of `fields`. The same values give the same call; `at` counts to the second."""
    return push_xml(server, message(fields), at, nonce)


def push_xml(server: Server, xml: bytes, at: datetime, nonce: str | None = None) -> Push:
    """One message or event whose XML is given."""
    seconds = str(int(at.timestamp()))
    chance = random.Random(f"{seconds} {nonce} {xml!r}")  # noqa: S311 - can be repeated, and protects nothing
    once = nonce or str(chance.randrange(10**8, 10**10))
    query = {"signature": _signature(server.token, seconds, once), "timestamp": seconds, "nonce": once}
    query["openid"] = element(xml, "FromUserName")
    if server.mode is Mode.PLAIN:
        return _post(server, query, xml)
    encrypted = _encrypted(server, xml, chance.randbytes(_NOISE_BYTES))
    query |= {"encrypt_type": "aes", "msg_signature": _signature(server.token, seconds, once, encrypted)}
    return _post(server, query, _wrapped(server.mode, xml, encrypted))


def again(first: Push, server: Server, xml: bytes, at: datetime | None = None) -> Push:
    """The next try of a call: the same to the letter, or signed anew where `at` is given."""
    return replace(first) if at is None else push_xml(server, xml, at)


def check(server: Server, at: datetime, echostr: str, nonce: str = "260774613") -> Push:
    """The call by which the vendor asks whether the address is ours; plain in every mode."""
    seconds = str(int(at.timestamp()))
    query = {"signature": _signature(server.token, seconds, nonce), "timestamp": seconds, "nonce": nonce}
    return Push(f"{server.path}?{urlencode(query | {'echostr': echostr})}", b"", method="GET")


def message(fields: Mapping[str, str]) -> bytes:
    """XML as the vendor writes it: text in CDATA, numbers without."""
    return f"<xml>{''.join(_element(name, text) for name, text in fields.items())}</xml>".encode()


def element(xml: bytes, name: str) -> str:
    """The text of an element of a message, empty when there is none."""
    inner = xml.partition(b"<%s>" % name.encode())[2].partition(b"</%s>" % name.encode())[0].strip()
    return inner.removeprefix(b"<![CDATA[").removesuffix(b"]]>").decode(errors="replace")


def _element(name: str, text: str) -> str:
    if text.isascii() and text.isdigit() and name in {"CreateTime", "MsgId", "MsgID"}:
        return f"<{name}>{text}</{name}>"
    return f"<{name}><![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"


def _wrapped(mode: Mode, xml: bytes, encrypted: str) -> bytes:
    sealed = f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()
    if mode is Mode.COMPATIBLE:
        return xml.rstrip().removesuffix(b"</xml>") + sealed
    return f"<xml><ToUserName><![CDATA[{element(xml, 'ToUserName')}]]></ToUserName>".encode() + sealed


def _post(server: Server, query: Mapping[str, str], body: bytes) -> Push:
    return Push(f"{server.path}?{urlencode(query)}", body, {"Content-Type": "text/xml"})


def _signature(*values: str) -> str:
    return hashlib.sha1("".join(sorted(values)).encode(), usedforsecurity=False).hexdigest()


def _encrypted(server: Server, xml: bytes, noise: bytes) -> str:
    key = base64.b64decode(f"{server.aes_key}=")
    whole = noise + struct.pack(">I", len(xml)) + xml + server.app_id.encode()
    missing = _BLOCK_BYTES - len(whole) % _BLOCK_BYTES
    cipher = Cipher(AES(key), CBC(key[:16])).encryptor()
    return base64.b64encode(cipher.update(whole + bytes([missing]) * missing) + cipher.finalize()).decode()
