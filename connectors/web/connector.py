"""Reads posts of the JSON API and of the public form.

Identity: an API post is its client and Idempotency-Key, a form post its hidden nonce, each with the content.
The endpoint states them in the delivery's `source`: `kind` (api, form), `client` and `idempotency_key`, or
`nonce`; besides `entry` (form, qr), `lang` of the page, `scopes` of the client's token. A page for signed-in members
of staff says `kind` staff with their name as `by` and account as `staff_id`: only its endpoint can. With `addition_to`
what they typed belongs to the complaint of that id; with `case_token` it is a complaint of its own that goes to the
case of that token, from a page its customer opened. `left_out` names stated fields that are not believed, `warning`
why.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from uuid import UUID

from pydantic import ValidationError

from connectors import contacts
from connectors.contract import Numbering
from connectors.web.errors import FieldError, InvalidFields, ScopeRequired, from_validation
from connectors.web.fields import canonical, cleaned, read_fields
from connectors.web.request import ComplaintRequest, PostedSender
from schemas.additions import Addition
from schemas.base import storable
from schemas.complaint import Attachment, Channel, Complaint, Privacy, Proof, Sender, Stated, SubmittedBy, Thread
from schemas.identity import content_hash, named_uuid, pseudonym
from schemas.inbound import AttachedFile, Inbound, ParsedAddition, ParsedComplaint, UploadedFile, raw_ref
from schemas.language import detect

ACCOUNT = "web"
IDENTIFY = "identify"
STAFF = "staff"
MAX_NAME_CHARS = 200
_LANGUAGE_SAMPLE_CHARS = 120
"""Enough to tell the language; reading all of a long text would hold up the event loop."""


class Web:
    """The channel `web`."""

    channel = Channel.WEB.value

    def __init__(self, numbering: Numbering, pseudonym_key: bytes, max_text_chars: int = 20_000) -> None:
        self._numbering = numbering
        self._pseudonym_key = pseudonym_key
        self._max_text_chars = max_text_chars

    def tracking_number(self, complaint_id: UUID) -> str:
        """The number of one of our complaints."""
        return self._numbering.tracking_number(complaint_id)

    def parse(self, inbound: Inbound) -> Sequence[ParsedComplaint | ParsedAddition]:
        """Read one post. Raises `Malformed`, `InvalidFields` or `ScopeRequired`, which the sender can mend."""
        fields = read_fields(inbound.body, inbound.content_type)
        request = self._validated(cleaned(fields))
        _check_scope(request.sender, inbound.source)
        digests = [hashlib.sha256(part.content).hexdigest() for part in inbound.parts]
        named = [text for part, digest in zip(inbound.parts, digests, strict=True) for text in (part.name, digest)]
        if "addition_to" in inbound.source:
            return [_addition(inbound, request, digests)]
        source_id = self._source_id(inbound.source)
        number = self._numbering.complaint_id(
            self.channel, inbound.account, source_id, content_hash(canonical(fields), *named)
        )
        attachments, files = _attached(number, inbound, digests)
        complaint = self._complaint(inbound, request, number, source_id, attachments)
        return [ParsedComplaint(0, complaint, files)]

    def _validated(self, fields: object) -> ComplaintRequest:
        try:
            request = ComplaintRequest.model_validate(fields)
        except ValidationError as error:
            raise from_validation(error) from error
        if len(request.text) > self._max_text_chars:
            limit = f"String should have at most {self._max_text_chars} characters"
            raise InvalidFields([FieldError(("text",), "too_long", limit)])
        return request

    def _source_id(self, source: Mapping[str, str]) -> str:
        """What tells this post from others with the same content; a pseudonym, for keys may hold anything."""
        if nonce := source.get("nonce"):
            kind = "staff" if source.get("kind") == STAFF else "form"
            return f"{kind}:{pseudonym(self._pseudonym_key, nonce)}"
        client, key = source.get("client", ""), source.get("idempotency_key", "")
        return f"{source.get('kind', 'api')}:{pseudonym(self._pseudonym_key, client, key)}"

    def _complaint(
        self,
        inbound: Inbound,
        request: ComplaintRequest,
        number: UUID,
        source_id: str,
        attachments: tuple[Attachment, ...],
    ) -> Complaint:
        kind = inbound.source.get("kind", "api")
        by_staff = kind == STAFF
        sender = _seen_by_staff(_sender(request.sender)) if by_staff else _sender(request.sender)
        return Complaint(
            complaint_id=number,
            tracking_number=self._numbering.tracking_number(number),
            channel=self.channel,
            entry=inbound.source.get("entry", kind),
            account=inbound.account,
            source_id=source_id,
            received_at=inbound.received_at,
            received_at_source=inbound.received_at_source,
            ingested_at=inbound.ingested_at,
            sender=sender,
            submitted_by=_member_of_staff(inbound.source) if by_staff else SubmittedBy(),
            reply_to=sender.emails[0] if sender is not None and sender.emails else None,
            subject=request.subject,
            text=request.text,
            language=request.language or detect(request.text[:_LANGUAGE_SAMPLE_CHARS]) or inbound.source.get("lang"),
            attachments=attachments,
            thread=Thread(token=inbound.source.get("case_token")),
            stated=_stated(request, inbound.source),
            warnings=tuple(inbound.source.get("warning", "").split()),
            privacy=Privacy() if request.privacy is None else Privacy(**request.privacy.model_dump()),
            raw=raw_ref(inbound),
        )


def _check_scope(sender: PostedSender | None, source: Mapping[str, str]) -> None:
    if sender is None or IDENTIFY in source.get("scopes", "").split():
        return
    if sender.openid or sender.customer_no or sender.proofs:
        raise ScopeRequired("openid, customer_no and proofs need a bearer token with the scope `identify`")


def _sender(posted: PostedSender | None) -> Sender | None:
    """The sender, None when nothing is known. What a trusted system states without a proof of its own is `channel`."""
    if posted is None:
        return None
    sender = Sender(
        name=posted.name,
        phones=tuple(dict.fromkeys(contacts.phone(one) for one in posted.phones)),
        emails=tuple(dict.fromkeys(contacts.email(one) for one in posted.emails)),
        address=posted.address,
        openid=posted.openid,
        customer_no=posted.customer_no,
    )
    if not any(value for _, value in sender):
        return None
    stated = [value for value in (sender.openid, sender.customer_no) if value]
    proofs = dict.fromkeys(stated, Proof.CHANNEL) | posted.proofs
    return sender.model_copy(update={"proofs": proofs}) if proofs else sender


def _seen_by_staff(sender: Sender | None) -> Sender | None:
    """Who was there in person or on the phone: a member of staff stands for what they stated."""
    if sender is None:
        return None
    return sender.model_copy(update={"proofs": dict.fromkeys([*sender.phones, *sender.emails], Proof.STAFF)})


def _member_of_staff(source: Mapping[str, str]) -> SubmittedBy:
    return SubmittedBy(role="staff", name=source.get("by"), identifier=source.get("staff_id"))


def _stated(request: ComplaintRequest, source: Mapping[str, str]) -> Stated:
    if request.stated is None:
        return Stated()
    left_out = source.get("left_out", "").split()
    return Stated(**request.stated.model_dump(exclude_none=True, exclude=set(left_out)))


def _addition(inbound: Inbound, request: ComplaintRequest, digests: Sequence[str]) -> ParsedAddition:
    """What a member of staff typed about a complaint that has no words yet: a call, a recording."""
    source, owner = inbound.source, UUID(inbound.source["addition_to"])
    attachments, files = _attached(owner, inbound, digests)
    addition = Addition(
        addition_id=named_uuid("addition", str(owner), source.get("nonce", "")),
        complaint_id=owner,
        text=request.text,
        language=request.language or detect(request.text[:_LANGUAGE_SAMPLE_CHARS]),
        attachments=attachments,
        stated=_stated(request, source),
        tasks_done=("listen-and-type", "call-back"),
        by=source.get("by", STAFF),
        at=inbound.received_at,
    )
    return ParsedAddition(0, addition, files)


def _attached(
    owner: UUID, inbound: Inbound, digests: Sequence[str]
) -> tuple[tuple[Attachment, ...], tuple[AttachedFile, ...]]:
    attachments = tuple(_attachment(owner, *one) for one in enumerate(zip(inbound.parts, digests, strict=True)))
    files = tuple(
        AttachedFile(attachment.attachment_id, part.content)
        for attachment, part in zip(attachments, inbound.parts, strict=True)
    )
    return attachments, files


def _attachment(number: UUID, index: int, file: tuple[UploadedFile, str]) -> Attachment:
    part, digest = file
    return Attachment(
        attachment_id=named_uuid("attachment", str(number), str(index), digest),
        name=_file_name(part.name),
        media_type=part.media_type,
        size_bytes=len(part.content),
        sha256=digest,
        state="pending",
    )


def _file_name(given: str) -> str | None:
    """The last part of the name a browser gave, without control characters; None when nothing is left."""
    name = PurePosixPath(storable(given).replace("\\", "/")).name
    return "".join(char for char in name if char.isprintable())[:MAX_NAME_CHARS] or None
