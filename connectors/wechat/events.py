"""Events: what happened between a person and the account. None is a complaint; each has a declared meaning.

Sources: developers.weixin.qq.com, "Receiving event pushes", and the samples of WxJava and wechatpy;
`user_authorization_revoke` from wechatpy#681. A QR code's scene comes in `EventKey`, with `qrscene_` before it when the
scan made the person a follower. The vendor tells events apart by FromUserName + CreateTime; two events of
one person can share a second, so name and key count too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.wechat.messages import Message
from schemas.identity import pseudonym


class Meaning(StrEnum):
    """What an event is to us."""

    ENTERED = "entered"
    LEFT = "left"
    PLACE = "place"
    PICKED = "picked"
    DELIVERY = "delivery"
    CONSENT = "consent"
    ERASURE = "erasure"
    OTHER = "other"


_MEANINGS: Mapping[str, Meaning] = {
    **dict.fromkeys(("subscribe", "scan", "click", "view", "view_miniprogram"), Meaning.ENTERED),
    "unsubscribe": Meaning.LEFT,
    **dict.fromkeys(("location", "location_select"), Meaning.PLACE),
    # What a menu button let the person pick; the pictures themselves follow as image messages.
    **dict.fromkeys(
        ("scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin"), Meaning.PICKED
    ),
    **dict.fromkeys(("templatesendjobfinish", "masssendjobfinish", "subscribe_msg_sent_event"), Meaning.DELIVERY),
    **dict.fromkeys(("subscribe_msg_popup_event", "subscribe_msg_change_event"), Meaning.CONSENT),
    "user_authorization_revoke": Meaning.ERASURE,
}
"""Event name in lower case → meaning; `OTHER` for any that is not here."""
_KINDS = frozenset({"event", "device_event"})
_SCENE_PREFIX = "qrscene_"


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `key` is the menu key or QR scene, `store` the code the account's settings give it.

    `identity` is stable over the vendor's retries and over modes, and holds no personal data. `message_id` and
    `status` tell what became of a message of ours (success, failed:user block, failed: system failed: unsure).
    """

    identity: str
    name: str
    meaning: Meaning
    openid: str | None
    created_at: datetime | None
    key: str | None
    store: str | None
    message_id: str | None
    status: str | None


def is_event(message: Message) -> bool:
    """Whether it is an event, not something a person said."""
    return message.kind in _KINDS


def read_event(message: Message, stores: Mapping[str, str], pseudonym_key: bytes) -> Event:
    """What an event means. `stores` are menu keys and QR scenes with their store codes."""
    name = (message.text("Event") or "").lower()
    written_key = message.text("EventKey")
    key = written_key.removeprefix(_SCENE_PREFIX) if written_key else None
    who = (message.text(one) or "" for one in ("ToUserName", "FromUserName", "CreateTime"))
    message_id = message.text("MsgID") or message.text("SubscribeMsgSentEvent", "List", "MsgID")
    return Event(
        identity=f"event:{pseudonym(pseudonym_key, *who, name, written_key or '', message_id or '')}",
        name=name,
        meaning=_MEANINGS.get(name, Meaning.OTHER),
        openid=message.openid,
        created_at=message.created_at,
        key=key,
        store=stores.get(key) if key else None,
        message_id=message_id,
        status=message.text("Status") or message.text("SubscribeMsgSentEvent", "List", "ErrorStatus"),
    )
