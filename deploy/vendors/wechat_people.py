"""The official accounts of one vendor and the people who met them: who may still be answered, and how often.

Sources: the notice of 2023-06-12 on customer-service quotas, second-hand: 5 messages within 48 hours of what a person
wrote, 3 within a minute of a click, scan or follow. That a click does not shorten the window of something written is
unsure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.vendors.wechat_pushes import Server

WINDOW, CLICK_WINDOW = timedelta(hours=48), timedelta(minutes=1)
WINDOW_MESSAGES, CLICK_MESSAGES = 5, 3
_OPENING = frozenset({"click", "scan", "subscribe"})


@dataclass(slots=True)
class OfficialAccount:
    """An account as its owner set it up; `may_send` is the permission that verified accounts have."""

    server: Server
    secret: str
    original_id: str = "gh_demo"
    templates: frozenset[str] = frozenset()
    may_send: bool = True


@dataclass(slots=True)
class Person:
    """Somebody who met the account. `blocks_templates` makes template messages fail after they were taken."""

    account: OfficialAccount
    follows: bool = True
    blocks_templates: bool = False
    window_until: datetime | None = None
    messages_left: int = 0

    def acts(self, kind: str, event: str, at: datetime) -> None:
        """Writes (any MsgType but event) or does something, which opens the window for answers or ends it."""
        if kind != "event":
            self.window_until, self.messages_left = at + WINDOW, WINDOW_MESSAGES
        elif event == "unsubscribe":
            self.follows, self.window_until = False, None
        elif event in _OPENING:
            self.follows = True
            if self.window_until is None or self.window_until < at + CLICK_WINDOW:
                self.window_until, self.messages_left = at + CLICK_WINDOW, CLICK_MESSAGES

    def takes_a_message(self, at: datetime) -> int:
        """Count one customer-service message; returns the error code, 0 when it goes out."""
        if not self.follows or self.window_until is None or self.window_until < at:
            return 45015
        if self.messages_left == 0:
            return 45047
        self.messages_left -= 1
        return 0
