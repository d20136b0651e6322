"""Reads signed JSON events; account → secrets and header names are settings (`INTAKE_WEBHOOKS__<account>__…`).

Identity: the event's own id, as a pseudonym since it may be an order or a phone number, with the content.
"""

from collections.abc import Mapping

from connectors import contacts
from connectors.contract import Hook, Numbering
from connectors.webhook.event import COMPLAINT, Event, EventSender, read_event
from connectors.webhook.signature import verify
from schemas.complaint import MAX_TEXT_CHARS, Complaint, Sender, Stated, SubmittedBy
from schemas.errors import NotGenuine, PayloadRejected, Reason
from schemas.identity import content_hash, pseudonym
from schemas.inbound import Inbound, ParsedComplaint, raw_ref
from schemas.language import detect
from schemas.settings import WebhookSettings

UNKNOWN_TYPE = "unknown_type"
"""The warning of a complaint whose event has a type we do not know; its text is the whole event."""
_LANGUAGE_SAMPLE_CHARS = 120


class Webhook:
    """The channel `webhook`."""

    channel = "webhook"

    def __init__(self, numbering: Numbering, pseudonym_key: bytes, accounts: Mapping[str, WebhookSettings]) -> None:
        self._numbering = numbering
        self._pseudonym_key = pseudonym_key
        self._accounts = accounts

    def hook(self, account: str, event: str | None = None) -> Hook | None:
        """How this account is called; None when there is none or it is switched off."""
        settings = self._accounts.get(account)
        if settings is None or not settings.enabled or event is not None:
            return None
        return Hook(("application/json",), headers=(settings.timestamp_header, settings.signature_header))

    def parse(self, inbound: Inbound) -> list[ParsedComplaint]:
        """Read one event. Raises `NotGenuine` before its body is looked at, `PayloadRejected`."""
        self._verify(inbound)
        return self.read(inbound)

    def read(self, inbound: Inbound) -> list[ParsedComplaint]:
        """Read one event whose signature nobody asks for. Raises `PayloadRejected`."""
        event = read_event(inbound.body)
        known = event.type == COMPLAINT
        text = event.text if known or event.text.strip() else inbound.body.decode("utf-8-sig")
        if not text.strip() and not event.subject:
            raise PayloadRejected(Reason.EMPTY, "neither text nor subject")
        return [ParsedComplaint(0, self._complaint(inbound, event, text, () if known else (UNKNOWN_TYPE,)))]

    def _verify(self, inbound: Inbound) -> None:
        settings = self._accounts.get(inbound.account)
        if settings is None:
            raise NotGenuine("webhook: no such account")
        verify(settings, inbound.headers, inbound.body, inbound.received_at)

    def _source_id(self, event: Event) -> str:
        return f"event:{pseudonym(self._pseudonym_key, event.id)}"

    def _complaint(self, inbound: Inbound, event: Event, text: str, warnings: tuple[str, ...]) -> Complaint:
        source_id = self._source_id(event)
        number = self._numbering.complaint_id(self.channel, inbound.account, source_id, content_hash(event.canonical()))
        return Complaint(
            complaint_id=number,
            tracking_number=self._numbering.tracking_number(number),
            channel=self.channel,
            entry="push",
            account=inbound.account,
            source_id=source_id,
            received_at=inbound.received_at,
            received_at_source=inbound.received_at_source,
            ingested_at=inbound.ingested_at,
            sent_at=event.at,
            sender=_sender(event.sender),
            submitted_by=SubmittedBy(role="system"),
            subject=event.subject,
            text=text[:MAX_TEXT_CHARS],
            truncated=len(text) > MAX_TEXT_CHARS,
            language=event.language or detect(text[:_LANGUAGE_SAMPLE_CHARS]),
            stated=Stated() if event.stated is None else Stated(**event.stated.model_dump(exclude_none=True)),
            raw=raw_ref(inbound),
            warnings=warnings,
        )


def _sender(given: EventSender | None) -> Sender | None:
    """The sender, None when nothing is known."""
    if given is None or given == EventSender():
        return None
    return Sender(
        name=given.name,
        phones=tuple(dict.fromkeys(contacts.phone(one) for one in given.phones)),
        emails=tuple(dict.fromkeys(contacts.email(one) for one in given.emails)),
        address=given.address,
    )
