"""The demo's accounts at vendors that behave: addresses and secrets, made once and kept in the home folder."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deploy.local.files import kept_secret, write_private
from deploy.vendors.authority import Authority
from deploy.vendors.wechat_people import OfficialAccount
from deploy.vendors.wechat_pushes import Mode, Server

FILE, SECRET_FILE = "demo.json", "demo-secret"
ORGANISATION = Path(__file__).parent / "organisation.yaml"
STORES = {"S-01": "人民路店", "S-02": "西湖店"}
SMS_KEY_ID = "demo-key"
SMS_TEMPLATES = {
    "SMS_1": "您的反馈已收到，编号${number}，正由专人处理，会尽快答复您。补充请直接回复本短信。",
    "SMS_2": "您的意見已收到，編號${number}，正由專人處理，會盡快回覆您。補充請直接回覆本簡訊。",
    "SMS_3": "We have received your message, number ${number}; one of our team deals with it and answers soon.",
}
"""Approved texts by code, in the order of the languages they are for."""
AUTHORITY_NAME = "杭州市西湖区市场监督管理局"
_AES_KEY_CHARS = 43


@dataclass(frozen=True, slots=True)
class DemoAccounts:
    """Accounts whose names and secrets depend on the home folder alone.

    `url` is where the vendors answer. `since` is when the demo ran first in this home: with it the samples of every
    later start are the same deliveries.
    """

    home: Path
    url: str
    since: datetime

    def secret(self, of: str, chars: int = 32) -> str:
        """A secret of its own for each use, of hexadecimal digits."""
        key = kept_secret(self.home / SECRET_FILE).encode()
        return hmac.new(key, of.encode(), hashlib.sha512).hexdigest()[:chars]

    def account(self, of: str) -> str:
        """The name of an account, which is part of its URL and should be hard to guess."""
        return f"demo-{self.secret(f'account {of}', 8)}"

    @property
    def official(self) -> OfficialAccount:
        """The WeChat account as its owner set it up at the vendor."""
        path, app_secret = f"/webhooks/wechat/{self.account('wechat')}", self.secret("wechat app secret")
        aes_key = self.secret("wechat aes key", _AES_KEY_CHARS)
        server = Server(path, "wx-demo", self.secret("wechat token"), aes_key, Mode.SAFE)
        return OfficialAccount(server, app_secret, templates=frozenset({"demo-template"}))

    @property
    def sms_path(self) -> str:
        """Where replies by SMS are pushed to."""
        return f"/webhooks/phone/{self.account('sms')}/sms?key={self.secret('sms callback')}"

    @property
    def calls_path(self) -> str:
        """Where the call centre's events are pushed to."""
        return f"/webhooks/phone/{self.account('calls')}/call?key={self.secret('calls callback')}"

    @property
    def authority(self) -> Authority:
        """The system of an authority that pushes referrals."""
        return Authority(self.account("authority"), "k1", self.secret("authority"))

    @property
    def drop_folder(self) -> Path:
        """Where spreadsheets of the authority are dropped."""
        return self.home / "drop" / "12315"

    def settings(self) -> dict[str, Any]:
        """The settings of these accounts, as the environment would give them."""
        server = self.official.server
        return {
            "wechat": {
                self.account("wechat"): {
                    "app_id": server.app_id,
                    "app_secret": self.official.secret,
                    "token": server.token,
                    "aes_key": server.aes_key,
                    "stores": STORES,
                    "template_id": "demo-template",
                    "template_fields": {"character_string1": "{number}"},
                    "api_url": self.url,
                }
            },
            "phone": {
                self.account("sms"): {"vendor": "aliyun-sms", "secrets": {"k1": self.secret("sms callback")}},
                self.account("calls"): {
                    "vendor": "aliyun-calls",
                    "secrets": {"k1": self.secret("calls callback")},
                    "media_hosts": (urlsplit(self.url).netloc,),
                },
            },
            "sms": {
                "vendor": "aliyun",
                "key_id": SMS_KEY_ID,
                "key_secret": self.secret("sms key"),
                "sign_name": "示例超市",
                "templates": dict(zip(("zh-Hans", "zh-Hant", "en"), SMS_TEMPLATES, strict=True)),
                "api_url": self.url,
            },
            "regulator": {
                "accounts": {
                    self.authority.account: {
                        "secrets": {"k1": self.authority.secret},
                        "authority": AUTHORITY_NAME,
                        "source_system": "demo",
                        "folder": {"path": self.drop_folder, "settled_after": "PT1S", "poll_every": "PT1S"},
                    }
                }
            },
            "webhooks": {self.account("webhook"): {"secrets": {"k1": self.secret("webhook")}}},
            "answering": {"quiet": {}},
            "organisation": ORGANISATION,
        }


def note(home: Path, url: str) -> DemoAccounts:
    """Note where the demo's vendors answer, for every command that runs in this home; makes the drop folder."""
    before = noted(home)
    since = before.since if before is not None else datetime.now(UTC).replace(microsecond=0)
    write_private(home / FILE, json.dumps({"url": url, "since": since.isoformat()}) + "\n")
    made = DemoAccounts(home, url, since)
    made.drop_folder.mkdir(parents=True, exist_ok=True)
    return made


def noted(home: Path) -> DemoAccounts | None:
    """The demo's accounts where `intake run --demo` was run in this home, else None."""
    try:
        found = json.loads((home / FILE).read_bytes())
        return DemoAccounts(home, str(found["url"]), datetime.fromisoformat(found["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
