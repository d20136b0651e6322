"""E-mail: one delivered message becomes one complaint.

Sources: RFC 5322, RFC 2045-2049, RFC 3834, RFC 8601; what Chinese clients and providers send instead is in the
modules that read it. Parsing is pure and takes time linear in the size of the mail.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from connectors.contract import Numbering
from connectors.imap.authentication import proves, results
from connectors.imap.automatic import plain, recognise
from connectors.imap.contents import File, contents
from connectors.imap.correspondents import Writer, message_id, reply_address, sent_at, thread, writer
from connectors.imap.mime import Entity, Reading, looks_like_mail, mail_bytes, read
from connectors.imap.wording import Wording, wording
from connectors.imap.words import unfold_bytes
from schemas.base import storable
from schemas.complaint import Attachment, Channel, Complaint, Sender, SubmittedBy
from schemas.errors import PayloadRejected, Reason
from schemas.identity import content_hash, named_uuid
from schemas.inbound import AttachedFile, Inbound, ParsedComplaint, ParsedItem, SuspendedItem, raw_ref
from schemas.language import detect
from schemas.settings import MailSettings

PARTIAL = "partial"
"""In a delivery's `source`: the mail was over the size limit and only its beginning was fetched."""
_SUBJECT_CHARS = 1_000
_MAX_NAMES_CHARS = 6_000


class Mail:
    """The channel `email`."""

    channel = Channel.EMAIL.value

    def __init__(
        self,
        numbering: Numbering,
        addresses: Iterable[str] = (),
        authserv_ids: Iterable[str] = (),
        limits: MailSettings | None = None,
    ) -> None:
        """`addresses` are all we read or send with, of every mailbox; `authserv_ids` the names of our own servers."""
        self._numbering = numbering
        self._own = frozenset(plain(address.strip().lower()) for address in addresses if "@" in address)
        self._servers = frozenset(name.strip().lower() for name in authserv_ids)
        self._limits = limits or MailSettings()

    def parse(self, inbound: Inbound) -> list[ParsedItem]:
        """Read one mail. Raises `PayloadRejected` when it has no header a mail would have."""
        reading = Reading(self._limits)
        message = read(mail_bytes(inbound.body), reading)
        if not looks_like_mail(message.headers):
            raise PayloadRejected(Reason.UNREADABLE, "no header field of a mail found")
        return [self._item(inbound, message, reading)]

    def _item(self, inbound: Inbound, message: Entity, reading: Reading) -> ParsedItem:
        headers = message.headers
        content = _content_hash(message)
        source_id = storable(message_id(headers)) or content
        held = contents(message, reading)
        who = writer(headers, reading)
        automatic = recognise(message, who.first, self._own, held.calendars)
        said = wording(message, held, self._own, automatic.is_automatic, reading)
        reply_to = None if automatic.is_automatic else reply_address(headers, who, self._own)
        subject = headers.text("subject") or (said.forwarded or message).headers.text("subject")
        if not said.text and not said.files and not subject:
            detail = "no text, no subject, no file"
            return SuspendedItem(0, Reason.EMPTY, detail, source_id, content, reply_to, automatic.is_automatic)
        number = self._numbering.complaint_id(self.channel, inbound.account, source_id, content)
        authentication = results(headers, self._servers)
        sender, submitted_by = self._people(who, said, proves(authentication, list(who.addresses)), reading)
        attachments, files = _attachments(str(number), _within_limits(said.files, inbound, reading))
        complaint = Complaint(
            complaint_id=number,
            tracking_number=self._numbering.tracking_number(number),
            channel=self.channel,
            entry="mail",
            account=inbound.account,
            source_id=source_id,
            received_at=inbound.received_at,
            received_at_source=inbound.received_at_source,
            ingested_at=inbound.ingested_at,
            sent_at=sent_at((said.forwarded or message).headers, reading),
            sender=sender,
            submitted_by=submitted_by,
            reply_to=reply_to,
            subject=subject[:_SUBJECT_CHARS] or None,
            text=said.text,
            quoted_text=said.quoted,
            truncated=said.truncated or inbound.source.get(PARTIAL) == "true",
            language=detect(said.text) or detect(subject),
            attachments=attachments,
            thread=thread(headers, self._own),
            automatic=automatic,
            authentication=authentication,
            raw=raw_ref(inbound),
            warnings=tuple(reading.warnings),
        )
        return ParsedComplaint(0, complaint, files)

    def _people(
        self, outer: Writer, said: Wording, proven: bool, reading: Reading
    ) -> tuple[Sender | None, SubmittedBy]:
        """Who complains and who handed it over: for a forwarded message its writer, and who forwarded it."""
        if said.forwarded is None:
            return outer.sender(proven), SubmittedBy()
        first = outer.first
        inner = writer(said.forwarded.headers, reading).sender(proven=False)
        if first is None:
            return inner, SubmittedBy(role="forwarder", name=outer.name)
        role = "staff" if plain(first.address) in self._own else "forwarder"
        return inner, SubmittedBy(role=role, name=first.name, identifier=first.address)


def _content_hash(message: Entity) -> str:
    """Of what the sender sent, before any interpretation; line ends may change on the way and do not count."""
    headers = message.headers
    body = bytes(message.body).replace(b"\r\n", b"\n").rstrip(b"\n")
    return content_hash(*(unfold_bytes(headers.raw(name)).strip() for name in ("message-id", "from", "date")), body)


def _within_limits(files: list[File], inbound: Inbound, reading: Reading) -> list[File]:
    """Not more files than parts; of a mail fetched in part the last file is not whole, so its bytes are refused."""
    if len(files) > reading.limits.max_parts:
        reading.warn("too_many_files")
        files = files[: reading.limits.max_parts]
    if inbound.source.get(PARTIAL) != "true":
        return files
    reading.warn("mail_too_large")
    if not files or "mime_truncated" not in reading.warnings:
        return files
    return [*files[:-1], replace(files[-1], refused=True)]


def _attachments(number: str, found: list[File]) -> tuple[tuple[Attachment, ...], tuple[AttachedFile, ...]]:
    attachments: list[Attachment] = []
    files: list[AttachedFile] = []
    name_chars = max(30, _MAX_NAMES_CHARS // max(1, len(found)))
    for index, file in enumerate(found):
        digest = hashlib.sha256(file.content).hexdigest()
        identity = named_uuid("attachment", number, str(index), digest)
        attachments.append(
            Attachment(
                attachment_id=identity,
                name=file.name[-name_chars:] if file.name else None,
                media_type=file.media_type[:100],
                size_bytes=len(file.content),
                sha256=digest,
                state="refused" if file.refused else "pending",
                content_id=file.content_id,
            )
        )
        if not file.refused:
            files.append(AttachedFile(identity, file.content))
    return tuple(attachments), tuple(files)
