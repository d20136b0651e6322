"""The vendor in process: a server that behaves like Twilio, an account at it, and a connector for its webhooks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import httpx
from pydantic import SecretStr

from connectors.contract import WHOLE_QUERY, Answer
from connectors.phone.twilio import Twilio
from deploy.vendors.server import Faults, Push
from deploy.vendors.twilio import Customer
from deploy.vendors.twilio import Twilio as Vendor
from schemas.inbound import Inbound, ParsedItem
from schemas.settings.twilio import TwilioSettings
from tests.connectors.phone.twilio.callbacks import MOMENT, NUMBERING

ACCOUNT = "twilio"


@dataclass
class World:
    """Both sides. `clock` is the present for both; changing it makes time pass."""

    faults: Faults = field(default_factory=Faults)
    changes: dict[str, object] = field(default_factory=dict)
    clock: list[datetime] = field(default_factory=lambda: [MOMENT])

    def __post_init__(self) -> None:
        self.customer = Customer()
        self.vendor = Vendor(self.customer, self.faults, self.now)
        self.settings = TwilioSettings.model_validate(
            {
                "account_sid": self.customer.account_sid,
                "auth_tokens": (SecretStr(self.customer.auth_token),),
                "public_base_url": self.customer.base,
                "numbers": (self.customer.number,),
                "export_path": "standard contract filed 2026-10-01",
                "languages": {
                    "zh": {"say": "zh-CN", "speech": "cmn-Hans-CN"},
                    "en": {"say": "en-US", "speech": "en-US"},
                },
                "timeout": 5,
            }
            | self.changes
        )
        self.accounts = {ACCOUNT: self.settings}
        self.twilio = Twilio(NUMBERING, self.accounts)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app=self.vendor.app()))

    def now(self) -> datetime:
        """The present."""
        return self.clock[-1]

    def inbound(self, push: Push) -> Inbound:
        """What the gateway makes of a webhook."""
        path, _, query = push.path.partition("?")
        headers = {name.lower(): value for name, value in push.headers.items() if name != "Content-Type"}
        return Inbound(
            channel="phone",
            account=ACCOUNT,
            body=push.body,
            received_at=self.now(),
            received_at_source="gateway",
            ingested_at=self.now(),
            content_type=push.headers["Content-Type"].partition(";")[0],
            headers={**headers, WHOLE_QUERY: query},
            source={"event": path.rpartition("/")[2]},
        )

    def read(self, push: Push) -> list[ParsedItem]:
        """What becomes of a webhook."""
        return self.twilio.parse(self.inbound(push))

    def answer(self, push: Push) -> bytes:
        """What the vendor hears."""
        delivery = self.inbound(push)
        hook = self.twilio.hook(ACCOUNT, delivery.source["event"])
        assert hook is not None
        heard: Answer | Callable[[Inbound], Answer] = hook.answer
        assert not isinstance(heard, Answer)
        return heard(delivery).body
