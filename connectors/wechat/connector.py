"""Reads deliveries of WeChat official accounts: one message becomes one complaint, an event becomes signals.

The query string of the call is the evidence: `signature`, `timestamp` (Unix seconds), `nonce`, `msg_signature`,
`encrypt_type` (`aes`), each kept as `?name`. `openid` is neither read nor kept: the signature does not cover it.
`received_at` is when the delivery arrived at the gateway: freshness is judged by it, so a delivery read again later is
as genuine as it was. In plain mode the signature does not cover the body, so another body under a signature that was
used is refused; the vendor's own tries (three within some 15 seconds; whether each is signed anew is unsure) pass.

Identity: MsgId, or a pseudonym of FromUserName + CreateTime + MsgType for a type that has none; the same in plain,
compatible and safe mode.
"""

import hashlib
import re
from collections.abc import Mapping

from connectors.contract import Answer, Hook, Numbering
from connectors.wechat.crypto import Opened, check_size, decrypted, echo, opened
from connectors.wechat.events import is_event, signals, store_of
from connectors.wechat.messages import Media, Message, Said, leaves, read_fields, read_message, said
from schemas.complaint import MAX_TEXT_CHARS, Attachment, Channel, Complaint, Proof, Sender, Stated
from schemas.errors import NotGenuine, PayloadRejected, Reason
from schemas.identity import content_hash, named_uuid, pseudonym
from schemas.inbound import Inbound, ParsedComplaint, ParsedItem, SuspendedItem, raw_ref
from schemas.language import detect
from schemas.settings import WeChatSettings

QUERY = ("signature", "timestamp", "nonce", "msg_signature", "encrypt_type", "echostr")
"""Names of the query string that are kept with a delivery; `echostr` comes when the vendor checks our URL."""
MEDIA_TYPES = ("text/xml", "application/xml", "text/plain", "application/octet-stream", "")
"""What a body may be called. The vendor says text/xml; no page promises it."""
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

    def hook(self, account: str, event: str | None = None) -> Hook | None:
        """How this account is called; None when there is none or it is switched off. The vendor knows no events."""
        settings = self._accounts.get(account)
        if settings is None or not settings.enabled or event is not None:
            return None
        signed = "?signature" if settings.aes_key is None else "?msg_signature"
        return Hook(MEDIA_TYPES, query=QUERY, single_use=(signed,), challenge=self._challenge)

    def parse(self, inbound: Inbound) -> list[ParsedItem]:
        """Read one delivery. Raises `NotGenuine` before its body is parsed, `PayloadRejected`."""
        account = self._account(inbound)
        return self._items(inbound, account.stores, opened(account, _query(inbound), inbound.body, inbound.received_at))

    def read(self, inbound: Inbound) -> list[ParsedItem]:
        """Read a file with one message, as XML or as the vendor encrypts it to an account whose key we have.

        Nobody's signature is asked for. Raises `PayloadRejected`, also when no account's key opens it.
        """
        check_size(inbound.body)
        known = self._accounts.get(inbound.account)
        outer = read_fields(inbound.body)
        encrypted = outer.text("Encrypt")
        if encrypted is None:
            return self._items(inbound, known.stores if known else {}, Opened(inbound.body, sealed=False))
        for account in [known] if known else self._accounts.values():
            try:
                delivery = Opened(decrypted(account, encrypted), sealed=True)
            except PayloadRejected:
                continue
            return self._items(inbound, account.stores, delivery)
        raise PayloadRejected(Reason.UNREADABLE, "encrypted, and no account's AES key opens it")

    def _items(self, inbound: Inbound, stores: Mapping[str, str], delivery: Opened) -> list[ParsedItem]:
        message = read_message(delivery.xml)
        if is_event(message):
            return list(signals(message, stores, self._pseudonym_key, inbound.received_at))
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
            sender=_sender(message.openid, delivery.sealed),
            reply_to=message.openid,
            text=told.text[:MAX_TEXT_CHARS],
            truncated=len(told.text) > MAX_TEXT_CHARS,
            language=detect(told.text),
            attachments=_attachments(str(number), told),
            stated=Stated(store=store_of(stores, message.text("bizmsgmenuid"))),
            raw=raw_ref(inbound),
            tasks=told.tasks,
            warnings=told.warnings,
        )
        return [ParsedComplaint(0, complaint)]

    def _challenge(self, inbound: Inbound) -> Answer:
        """The vendor's check of our URL. What cannot be opened is refused like what is wrongly signed."""
        try:
            return Answer(body=echo(self._account(inbound), _query(inbound), inbound.received_at).encode())
        except PayloadRejected as error:
            raise NotGenuine("the account's keys do not open the echostr") from error

    def _account(self, inbound: Inbound) -> WeChatSettings:
        account = self._accounts.get(inbound.account)
        if account is None:
            raise NotGenuine("no such account")
        return account

    def _source_id(self, message: Message) -> str:
        number = message.text("MsgId") or ""
        if _MSG_ID.fullmatch(number):
            return f"message:{number}"
        who = (message.text(one) or "" for one in ("ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId"))
        return f"message:{pseudonym(self._pseudonym_key, *who)}"


def _query(inbound: Inbound) -> dict[str, str]:
    return {name: _stated(inbound, name) for name in QUERY}


def _stated(inbound: Inbound, name: str) -> str:
    """A parameter of the query string, as the hook kept it; empty when it was not there."""
    return inbound.headers.get(f"?{name}", "")


def _content_hash(message: Message) -> str:
    """Of all that the message holds, whatever the order and spacing of its XML."""
    fields = {name: value for name, value in message.fields.items() if name not in _NOT_CONTENT}
    return content_hash(*(text for leaf in sorted(leaves(fields)) for text in leaf))


def _sender(openid: str, sealed: bool) -> Sender:
    """In plain mode nothing vouches for the body, so the openid in it is not proven."""
    return Sender(openid=openid, proofs={openid: Proof.CHANNEL if sealed else Proof.NONE})


def _attachments(number: str, told: Said) -> tuple[Attachment, ...]:
    """Files a worker fetches by their `reference`. Until then size and hash are not known."""
    return tuple(_attachment(number, index, media) for index, media in enumerate(told.media))


def _attachment(number: str, index: int, media: Media) -> Attachment:
    # Copies are told apart by the hash: until the bytes are here, the id stands for them.
    digest = hashlib.sha256((media.media_id or media.url).encode(errors="replace")).hexdigest()
    return Attachment(
        attachment_id=named_uuid("attachment", number, str(index), digest),
        media_type=media.media_type,
        size_bytes=0,
        sha256=digest,
        state="pending",
        reference=media.reference,
    )
