"""Deliveries as the vendor makes them, in its three modes, signed with the tests' own keys."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from wechatpy.crypto import PrpCrypto

from connectors.contract import Numbering
from connectors.wechat import WeChat
from connectors.wechat.crypto import signature
from schemas.complaint import Complaint
from schemas.inbound import Inbound, ParsedComplaint
from schemas.settings import WeChatSettings

SAMPLES = Path(__file__).parent / "samples"
NOW = datetime(2026, 11, 20, 2, 21, 40, tzinfo=UTC)
TOKEN, APP_ID, NONCE = "token-of-the-tests", "wx0123456789abcdef", "260774613"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OPENID = "otAzGjrS4AYCmeJM1GhEOcHXXTAo"
PLAIN = WeChatSettings(app_id=APP_ID, token=SecretStr(TOKEN), stores={"123123": "SH001", "COMPLAIN_SH002": "SH002"})
SAFE = PLAIN.model_copy(update={"aes_key": SecretStr(AES_KEY)})
NUMBERING = Numbering(b"0123456789abcdef0123456789abcdef")
PSEUDONYM_KEY = b"pseudonym-key-of-the-tests-000000"


def samples(name: str) -> list[dict[str, Any]]:
    """The vectors in a file of `samples`."""
    vectors: list[dict[str, Any]] = json.loads((SAMPLES / name).read_text())
    return vectors


def connector(account: WeChatSettings = PLAIN) -> WeChat:
    return WeChat(NUMBERING, PSEUDONYM_KEY, {"main": account})


def xml(kind: str = "text", **fields: str) -> str:
    """A message; fields in CDATA as the vendor writes them. None of the common ones when given as empty."""
    common = {"ToUserName": "gh_fbe8a958756e", "FromUserName": OPENID, "CreateTime": "1795141299", "MsgType": kind}
    given = common | ({"MsgId": "4561255354251345929"} if kind != "event" else {}) | fields
    return "<xml>" + "".join(f"<{name}><![CDATA[{text}]]></{name}>" for name, text in given.items()) + "</xml>"


def plain(body: str | bytes, timestamp: int | None = None, **changed: str) -> Inbound:
    """A delivery in plain mode."""
    seconds = str(int(NOW.timestamp()) if timestamp is None else timestamp)
    query = {"timestamp": seconds, "nonce": NONCE, "openid": OPENID, "signature": signature(TOKEN, seconds, NONCE)}
    return inbound(body, query | changed)


def sealed(body: str, beside: str = "", key: str = AES_KEY, app_id: str = APP_ID, **changed: str) -> Inbound:
    """A delivery in safe mode; with `beside`, the plain elements that compatible mode sends too."""
    encrypted = PrpCrypto(base64.b64decode(key + "=")).encrypt(body, app_id).decode()
    seconds = str(int(NOW.timestamp()))
    query = {
        "timestamp": seconds,
        "nonce": NONCE,
        "encrypt_type": "aes",
        "signature": signature(TOKEN, seconds, NONCE),
        "msg_signature": signature(TOKEN, seconds, NONCE, encrypted),
    }
    whole = f"<xml><ToUserName><![CDATA[gh]]></ToUserName>{beside}<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    return inbound(whole, query | changed)


def inbound(body: str | bytes, query: dict[str, str]) -> Inbound:
    data = body.encode() if isinstance(body, str) else body
    kept = {f"?{name}": text for name, text in query.items()}
    return Inbound("wechat", "main", data, NOW, "gateway", NOW, "text/xml", headers=kept)


def query_of(delivery: Inbound) -> dict[str, str]:
    """The query string a delivery came with."""
    return {name[1:]: text for name, text in delivery.headers.items()}


def read(delivery: Inbound, account: WeChatSettings = PLAIN) -> Complaint:
    """The one complaint of a delivery."""
    [item] = connector(account).parse(delivery)
    assert isinstance(item, ParsedComplaint)
    return item.complaint
