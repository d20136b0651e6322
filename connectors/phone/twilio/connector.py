"""Reads the callbacks of Twilio accounts: messages, calls step by step, recordings, reports.

The URL that Twilio signed is put together from the configured base, the path and the query as it came; no header says
where we are. Settings: `INTAKE_TWILIO__<account>__…`.
"""

from collections.abc import Callable, Mapping

from connectors.contract import WHOLE_QUERY, Answer, Hook, Numbering
from connectors.phone.twilio.calls import Additions, call_id, read_call
from connectors.phone.twilio.dialogue import NOTHING, Dialogue
from connectors.phone.twilio.form import FORM_TYPE, JSON_TYPE, Fields, form_fields, read_fields
from connectors.phone.twilio.messages import read_message, read_report
from connectors.phone.twilio.signature import SETTINGS_HEADER, SIGNATURE_HEADER, is_signed, names_algorithm
from connectors.phone.twilio.steps import EVENTS, RECORDING, SMS, VOICE, callback_url, read_step
from infra.logs import log
from schemas.errors import NotGenuine, PayloadRejected
from schemas.inbound import Inbound, ParsedItem
from schemas.settings.twilio import TwilioSettings

IDEMPOTENCY_HEADER = "I-Twilio-Idempotency-Token"
_LOG = log(__name__)
_NOBODY = ("no account, no secret",)


class Twilio:
    """The vendor Twilio of the channel `phone`."""

    def __init__(self, numbering: Numbering, accounts: Mapping[str, TwilioSettings]) -> None:
        """`accounts` by the opaque names in their URLs. One that lacks its export path is named in the log."""
        self._numbering = numbering
        self._accounts = accounts
        for account, settings in accounts.items():
            if settings.enabled and settings.off_because:
                _LOG.warning("Twilio account is off", account=account, reason=settings.off_because)

    def hook(self, account: str, event: str | None) -> Hook | None:
        """How an account is called; None when there is none, when it is off, or for an event it has not."""
        settings = self._accounts.get(account)
        if settings is None or settings.off_because or (event not in EVENTS and read_step(event) is None):
            return None
        return Hook(
            (FORM_TYPE, JSON_TYPE),
            headers=(SIGNATURE_HEADER, SETTINGS_HEADER, IDEMPOTENCY_HEADER),
            query=("",),
            single_use=(SIGNATURE_HEADER.lower(),),
            answer=self._answering(settings),
        )

    def parse(self, inbound: Inbound) -> list[ParsedItem]:
        """Read one callback. Raises `NotGenuine` before anything is made of it, `PayloadRejected`.

        An account that is off is read all the same: what it took before may be read again; `hook` keeps new ones out.
        """
        content = _signed_content(inbound)
        self._verify(inbound, content)
        return self._items(inbound, content) if isinstance(content, Fields) else self.read(inbound)

    def read(self, inbound: Inbound) -> list[ParsedItem]:
        """Read one callback whose signature nobody asks for. Raises `PayloadRejected`."""
        return self._items(inbound, read_fields(inbound.body, inbound.content_type))

    def _items(self, inbound: Inbound, fields: Fields) -> list[ParsedItem]:
        event = inbound.source.get("event") or _looks_like(fields)
        step = read_step(event)
        if step is not None or event == RECORDING:
            additions = Additions(self._numbering, self._settings_of(inbound))
            return additions.of_step(inbound, fields, step) if step else additions.of_recording(inbound, fields)
        if event == SMS and "MessageStatus" not in fields:
            return read_message(self._numbering, inbound, fields)
        if event == VOICE or "CallSid" in fields:
            return read_call(self._numbering, inbound, fields)
        return read_report(inbound, fields)

    def _settings_of(self, inbound: Inbound) -> TwilioSettings:
        """The account's settings; those of an account with defaults where a file names none."""
        known = self._accounts.get(inbound.account)
        return known or TwilioSettings.model_construct(account_sid="", auth_tokens=(), public_base_url="")

    def _verify(self, inbound: Inbound, content: Fields | bytes) -> None:
        """Every comparison is made, whatever is wrong before it."""
        settings = self._accounts.get(inbound.account)
        base, secrets, algorithm = (
            (settings.public_base_url, settings.secrets, settings.algorithm)
            if settings is not None
            else ("https://nowhere.invalid", _NOBODY, "HMAC_SHA1")
        )
        query = inbound.headers.get(WHOLE_QUERY, "")
        url = callback_url(base, inbound.account, inbound.source.get("event")) + (f"?{query}" if query else "")
        given = inbound.headers.get(SIGNATURE_HEADER.lower(), "")
        signed = is_signed(url, content, given, secrets, algorithm)
        fits = names_algorithm(inbound.headers.get(SETTINGS_HEADER.lower(), ""), algorithm)
        if settings is None or not (signed and fits):
            raise NotGenuine("twilio: not signed with a secret of this account")

    def _answering(self, settings: TwilioSettings) -> Callable[[Inbound], Answer]:
        def answer(inbound: Inbound) -> Answer:
            event = inbound.source.get("event")
            step = read_step(event)
            if step is None and event != VOICE:
                return NOTHING
            try:
                fields = read_fields(inbound.body, inbound.content_type)
                number = call_id(self._numbering, inbound.account, fields.sid("CallSid"))
            except PayloadRejected:
                return NOTHING
            dialogue = Dialogue(inbound.account, settings, self._numbering.tracking_number(number))
            return dialogue.after(step, fields) if step is not None else dialogue.begin()

        return answer


def _signed_content(inbound: Inbound) -> Fields | bytes:
    """What the signature covers: a form's parameters, or the body of anything else as it is."""
    if inbound.content_type != FORM_TYPE:
        return inbound.body
    try:
        return form_fields(inbound.body)
    except PayloadRejected:
        return inbound.body


def _looks_like(fields: Fields) -> str | None:
    """The event of a file that comes without: what only such a callback has."""
    if "RecordingUrl" in fields:
        return RECORDING
    return SMS if "MessageSid" in fields and "MessageStatus" not in fields else None
