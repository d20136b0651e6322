"""Events: what happened between a person and the account. None is a complaint; each becomes a signal.

Sources: developers.weixin.qq.com, "Receiving event pushes", and the samples of WxJava and wechatpy. A QR code's scene
comes in `EventKey`, with `qrscene_` before it when the scan made the person a follower. The vendor tells events apart
by FromUserName + CreateTime; two events of one person can share a second, so name, key and message count too. The words
of a template message's Status are unsure. What the platform itself tells has the person in `OpenID`, since FromUserName
is the platform then, and in `RevokeInfo` the code of what was revoked: 205 name and picture, 206 place, 207 pictures
("Authorized user information change", doc/service/guide/h5/authorization_change). The `subscribe_msg_*` events list
templates, each with `accept` or `reject`: they are about subscription notices alone, not about answers to what somebody
wrote, which `detail` says.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.wechat.messages import Message
from schemas.identity import pseudonym
from schemas.inbound import ParsedSignal
from schemas.signals import SignalKind

SUBSCRIPTION_NOTICE = "subscription-notice"
"""Begin of the detail of what a person wants of subscription notices: we send none, so no way is opened or closed."""

_KINDS_OF_EVENTS: Mapping[str, SignalKind] = {
    **dict.fromkeys(("subscribe", "scan", "click", "view", "view_miniprogram"), SignalKind.ENTERED),
    "unsubscribe": SignalKind.LEFT,
    **dict.fromkeys(("user_authorization_revoke", "user_authorization_cancellation"), SignalKind.ERASURE),
}
"""Event name in lower case → what it means; any other means `OTHER`, except reports and consents (below)."""
_OTHERS = frozenset(
    {
        "location", "location_select", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album",
        "pic_weixin", "masssendjobfinish", "kf_create_session", "kf_close_session",
        "kf_switch_session",
    }
)  # fmt: skip
UNKNOWN_EVENT = "unknown-event"
"""Detail of an event whose name is not known here: what stands there may be anything."""
_OF_THE_PLATFORM = frozenset({"user_authorization_revoke", "user_authorization_cancellation", "user_info_modified"})
_CODE = re.compile(r"[0-9]{1,6}")
_NAMES = _OTHERS | frozenset(_KINDS_OF_EVENTS)
_EVENTS = frozenset({"event", "device_event"})
_SCENE_PREFIX = "qrscene_"
_MESSAGE_ID = re.compile(r"[0-9]{1,32}")
_SUCCESS = "success"
_CONSENTS = {"accept": "accepted", "reject": "rejected"}
"""What a person said to a subscription notice, and how we call it."""
_FAILURES: Mapping[str, str] = {"user block": "user-block", "system failed": "system-failed"}
"""What stands behind `failed:` → our code of it; `failed` for any other."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """One event on its way to become signals."""

    message: Message
    name: str
    key: str | None
    pseudonym_key: bytes
    received_at: datetime

    def signal(self, item: int, kind: SignalKind, detail: str, place: str | None = None,
               vendor_id: str | None = None, of: str = "") -> ParsedSignal:  # fmt: skip
        """`of` tells several signals of one event apart."""
        who = (self.message.text(one) or "" for one in ("ToUserName", "FromUserName", "CreateTime"))
        told = (self.name, self.key or "", vendor_id or "", of)
        return ParsedSignal(
            item,
            kind,
            f"event:{pseudonym(self.pseudonym_key, *who, *told)}",
            self.message.created_at or self.received_at,
            address=self.message.text("OpenID") if self.name in _OF_THE_PLATFORM else self.message.openid,
            place=place,
            vendor_id=vendor_id,
            detail=detail,
        )


def is_event(message: Message) -> bool:
    """Whether it is an event, not something a person said."""
    return message.kind in _EVENTS


def store_of(stores: Mapping[str, str], key: str | None) -> str | None:
    """The store of a menu key or QR scene, also where the settings came through names that know no capitals."""
    bare = (key or "").removeprefix(_SCENE_PREFIX)
    return stores.get(bare) or stores.get(bare.lower())


def signals(
    message: Message, stores: Mapping[str, str], pseudonym_key: bytes, received_at: datetime
) -> list[ParsedSignal]:
    """What an event means, at least one signal. `stores` are menu keys and QR scenes with their store codes.

    `source_id` is stable over the vendor's retries and over modes. `detail` is the event's name, or the code of what
    became of a message; never words of a person.
    """
    name = (message.text("Event") or "").lower()
    written_key = message.text("EventKey")
    reader = _Reader(message, name, written_key, pseudonym_key, received_at)
    if name == "templatesendjobfinish":
        return [_reported(reader, 0, message.text("MsgID"), message.text("Status"))]
    found = [*_consents(reader), *_notices(reader)] if name.startswith("subscribe_msg_") else []
    if found:
        return found
    if name in _OF_THE_PLATFORM:
        return [_of_the_platform(reader)]
    kind = _KINDS_OF_EVENTS.get(name, SignalKind.OTHER)
    return [reader.signal(0, kind, name if name in _NAMES else UNKNOWN_EVENT, place=store_of(stores, written_key))]


def _reported(reader: _Reader, item: int, message_id: str | None, status: str | None) -> ParsedSignal:
    """What became of a message; a report without a status says nothing."""
    number = message_id if message_id and _MESSAGE_ID.fullmatch(message_id) else None
    if status is None or number is None:
        return reader.signal(item, SignalKind.OTHER, reader.name, vendor_id=number)
    if status.strip().lower() == _SUCCESS:
        return reader.signal(item, SignalKind.DELIVERED, _SUCCESS, vendor_id=number)
    reason = status.partition(":")[2].strip().lower()
    return reader.signal(item, SignalKind.UNDELIVERED, _FAILURES.get(reason, "failed"), vendor_id=number)


def _of_the_platform(reader: _Reader) -> ParsedSignal:
    """What the platform tells of a person's consents; of nobody when it does not say of whom."""
    person, revoked = reader.message.text("OpenID"), reader.message.text("RevokeInfo") or ""
    kind = _KINDS_OF_EVENTS.get(reader.name, SignalKind.OTHER) if person else SignalKind.OTHER
    detail = f"{reader.name}:{revoked}" if _CODE.fullmatch(revoked) else reader.name
    return reader.signal(0, kind, detail, of=f"{person} {revoked}")


def _consents(reader: _Reader) -> Iterator[ParsedSignal]:
    for root in ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent"):
        for item, one in enumerate(_listed(reader.message, root)):
            answer = _CONSENTS.get(one.text("SubscribeStatusString") or "", "")
            template = one.text("TemplateId") or ""
            detail = f"{SUBSCRIPTION_NOTICE} {answer}".strip()
            yield reader.signal(item, SignalKind.OTHER, detail, of=f"{template} {answer}")


def _notices(reader: _Reader) -> Iterator[ParsedSignal]:
    for item, one in enumerate(_listed(reader.message, "SubscribeMsgSentEvent")):
        yield _reported(reader, item, one.text("MsgID"), one.text("ErrorStatus"))


def _listed(message: Message, root: str) -> Iterator[Message]:
    """The elements named List in an element named `root`, however many there are."""
    holder = message.fields.get(root)
    listed = holder.get("List") if isinstance(holder, Mapping) else None
    for one in listed if isinstance(listed, list) else [listed]:
        if isinstance(one, Mapping):
            yield Message(one)
