"""Reads deliveries of WeChat official accounts: one message becomes one complaint.

The route states the query string of the request in the delivery's `headers` (or its `source`), under the vendor's own
names: `signature`, `timestamp` (Unix seconds), `nonce`, `msg_signature`, `encrypt_type` (`aes`), `openid`. `headers` is
the better place: `source` is part of a delivery's id, and whether the vendor signs a retry anew is unsure. `openid` is
not read: the signature does not cover it. `received_at` is when the delivery arrived at the gateway: freshness is
judged by it, so a delivery read again later is as genuine as it was.

Identity: MsgId, or a pseudonym of FromUserName + CreateTime + MsgType for a type that has none; the same in plain,
compatible and safe mode. An event is no complaint: `parse` returns no item for it (its raw delivery is kept, as of all
that was received), `event` tells what it means. Nonces already seen are the route's to refuse.
"""

import hashlib
import re
from collections.abc import Mapping

from connectors.contract import Numbering
from connectors.wechat.crypto import opened
from connectors.wechat.events import Event, is_event, read_event
from connectors.wechat.messages import Media, Message, Said, leaves, read_message, said
from schemas.complaint import Attachment, Channel, Complaint, Proof, RawRef, Sender, Stated
from schemas.errors import NotGenuine, Reason
from schemas.identity import content_hash, named_uuid, pseudonym
from schemas.inbound import Inbound, ParsedComplaint, ParsedItem, SuspendedItem
from schemas.language import detect
from schemas.settings import WeChatSettings

QUERY = ("signature", "timestamp", "nonce", "msg_signature", "encrypt_type", "openid")
"""Names of the query string that a route hands over with a delivery."""
_MSG_ID = re.compile(r"[0-9]{1,20}")
"""A 64-bit number."""
_NOT_CONTENT = frozenset({"PicUrl"})
"""Left out of the content hash: the picture is known by its MediaId, and its address may be made anew (unsure)."""


class WeChat:
    """The channel `wechat`."""

    channel = Channel.WECHAT.value

    def __init__(self, numbering: Numbering, pseudonym_key: bytes, accounts: Mapping[str, WeChatSettings]) -> None:
        """`accounts` by the names deliveries carry."""
        self._numbering = numbering
        self._pseudonym_key = pseudonym_key
        self._accounts = accounts

    def parse(self, inbound: Inbound) -> list[ParsedItem]:
        """Read one delivery; an event gives no item. Raises `NotGenuine` or `PayloadRejected`."""
        account, message, sealed = self._read(inbound)
        if is_event(message):
            return []
        source_id, content = self._source_id(message), _content_hash(message)
        if message.openid is None:
            return [SuspendedItem(0, Reason.NO_SENDER, "FromUserName is missing", source_id, content)]
        told = said(message)
        if not told.text and not told.media:
            return [SuspendedItem(0, Reason.EMPTY, "no text, no media", source_id, content, message.openid)]
        number = self._numbering.complaint_id(self.channel, inbound.account, source_id, content)
        complaint = Complaint(
            complaint_id=number,
            tracking_number=self._numbering.tracking_number(number),
            channel=self.channel,
            entry="chat",
            account=inbound.account,
            source_id=source_id,
            received_at=inbound.received_at,
            received_at_source=inbound.received_at_source,
            ingested_at=inbound.ingested_at,
            sent_at=message.created_at,
            sender=_sender(message.openid, sealed),
            reply_to=message.openid,
            text=told.text,
            language=detect(told.text),
            attachments=_attachments(str(number), told),
            stated=Stated(store=account.stores.get(message.text("bizmsgmenuid") or "")),
            raw=RawRef(sha256=hashlib.sha256(inbound.body).hexdigest(), size_bytes=len(inbound.body)),
            warnings=told.warnings,
        )
        return [ParsedComplaint(0, complaint)]

    def event(self, inbound: Inbound) -> Event | None:
        """The event a delivery brings, None when it brings a message. Raises `NotGenuine` or `PayloadRejected`."""
        account, message, _ = self._read(inbound)
        return read_event(message, account.stores, self._pseudonym_key) if is_event(message) else None

    def _read(self, inbound: Inbound) -> tuple[WeChatSettings, Message, bool]:
        account = self._accounts.get(inbound.account)
        if account is None:
            raise NotGenuine("no such account")
        query = {name: _stated(inbound, name) for name in QUERY}
        delivery = opened(account, query, inbound.body, inbound.received_at)
        return account, read_message(delivery.xml), delivery.sealed

    def _source_id(self, message: Message) -> str:
        number = message.text("MsgId") or ""
        if _MSG_ID.fullmatch(number):
            return f"message:{number}"
        who = (message.text(one) or "" for one in ("ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId"))
        return f"message:{pseudonym(self._pseudonym_key, *who)}"


def _stated(inbound: Inbound, name: str) -> str:
    return inbound.source.get(name) or inbound.headers.get(name, "")


def _content_hash(message: Message) -> str:
    """Of all that the message holds, whatever the order and spacing of its XML."""
    fields = {name: value for name, value in message.fields.items() if name not in _NOT_CONTENT}
    return content_hash(*(text for leaf in sorted(leaves(fields)) for text in leaf))


def _sender(openid: str, sealed: bool) -> Sender:
    """In plain mode nothing vouches for the body, so the openid in it is not proven."""
    return Sender(openid=openid, proofs={openid: Proof.CHANNEL if sealed else Proof.NONE})


def _attachments(number: str, told: Said) -> tuple[Attachment, ...]:
    """References by media id, kept as `content_id`; a worker fetches them. Until then size and hash are not known."""
    return tuple(_attachment(number, index, media) for index, media in enumerate(told.media))


def _attachment(number: str, index: int, media: Media) -> Attachment:
    # Copies are told apart by the hash: until the bytes are here, the id stands for them.
    digest = hashlib.sha256(media.media_id.encode()).hexdigest()
    return Attachment(
        attachment_id=named_uuid("attachment", number, str(index), digest),
        media_type=media.media_type,
        size_bytes=0,
        sha256=digest,
        state="pending",
        content_id=media.media_id,
    )
