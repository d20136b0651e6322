"""One referral as a complaint, or as a complaint and a report, or as the reason why it cannot be read."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from connectors import contacts
from connectors.regulator_12315 import kinds
from connectors.regulator_12315.fields import Referred, label_of
from connectors.regulator_12315.identity import REPORT_SUFFIX, Named, Naming
from connectors.regulator_12315.moments import SHANGHAI, written
from connectors.regulator_12315.numbers import tidy, wrong_number
from connectors.regulator_12315.sealing import REPORTER_FILE, reporter_file, sealed
from connectors.regulator_12315.wording import body_of, due_of, persons_of, phones_of
from schemas.complaint import (
    MAX_TEXT_CHARS,
    Attachment,
    Complaint,
    Proof,
    RawRef,
    Referral,
    Sender,
    Stated,
    SubmittedBy,
)
from schemas.errors import Reason
from schemas.identity import named_uuid, pseudonym
from schemas.inbound import AttachedFile, Inbound, ParsedComplaint, ParsedItem, SuspendedItem, raw_ref
from schemas.language import detect
from schemas.settings import RegulatorSettings

PLATFORM_ENTRY = "platform-entry"
_STATED = ("store", "product", "model", "order_no", "batch_no", "quantity", "amount", "event_date", "category")
_LANGUAGE_SAMPLE_CHARS = 120
_NUMBER_LOST = "the number was stored as a figure and lost its digits: format the column as text"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a delivery a referral stands: `where` is for operators ("sheet 1 row 17: "), empty for a push."""

    where: str = ""
    occurrence: int = 0


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the referrals of one delivery."""

    inbound: Inbound
    naming: Naming
    settings: RegulatorSettings
    raw: RawRef

    @classmethod
    def of(cls, inbound: Inbound, naming: Naming, settings: RegulatorSettings) -> "Reader":
        """The reader of a delivery."""
        raw = raw_ref(inbound)
        return cls(inbound, naming, settings, raw)

    def items(self, of: Referred, place: Place) -> list[ParsedItem]:
        """What a referral becomes, items not yet numbered. Never raises."""
        number = tidy(of.fields.get("number", ""))
        if wrong := _wrong(of, number):
            return [self.suspended(of, place, *wrong)]
        found = kinds.kinds_in(of)
        if len(found) == 1:
            return [self._item(of, place, found[0], number)]
        complaint = kinds.complaint_part(of)
        parts = [self._item(complaint, place, kinds.COMPLAINT, number)] if complaint is not None else []
        return [*parts, self._item(of, place, kinds.REPORT, number)]

    def suspended(self, of: Referred, place: Place, reason: Reason, detail: str) -> SuspendedItem:
        """A referral that cannot be read: named by its words, which `detail` never repeats."""
        words = self.naming.words_of(of)
        return SuspendedItem(0, reason, place.where + detail, f"row:{words}:{place.occurrence}", words)

    def _item(self, of: Referred, place: Place, kind: str, number: str) -> ParsedComplaint:
        suffix = REPORT_SUFFIX if kind == kinds.REPORT else ""
        named = self.naming.of(self._system, of, number, suffix, place.occurrence)
        files, attachments = self._files(of, named, withheld=kind == kinds.REPORT)
        shown, sender = of, self._sender(of)
        if kind == kinds.REPORT:
            shown, sender = sealed(of), None
            files, attachments = self._with_reporter(of, named, files, attachments)
        return ParsedComplaint(0, self._complaint(shown, named, kind, number, sender, attachments), files)

    @property
    def _system(self) -> str:
        account = self.settings.accounts.get(self.inbound.account)
        return account.source_system or self.inbound.account if account is not None else self.inbound.account

    def _complaint(
        self,
        of: Referred,
        named: Named,
        kind: str,
        number: str,
        sender: Sender | None,
        attachments: tuple[Attachment, ...],
    ) -> Complaint:
        received_at, received_at_source = self._received(of)
        text = body_of(of)
        filed = written(of.fields.get("registered_at", ""))
        return Complaint(
            complaint_id=named.complaint_id,
            tracking_number=self.naming.numbering.tracking_number(named.complaint_id),
            channel=self.inbound.channel,
            entry=self.inbound.source.get("entry", "push"),
            account=self.inbound.account,
            source_id=named.source_id,
            received_at=received_at,
            received_at_source=received_at_source,
            ingested_at=self.inbound.ingested_at,
            sent_at=filed.at if filed else None,
            sender=sender,
            submitted_by=self._submitted_by(of),
            subject=of.fields.get("subject"),
            text=text[:MAX_TEXT_CHARS],
            truncated=len(text) > MAX_TEXT_CHARS,
            language=detect(text[:_LANGUAGE_SAMPLE_CHARS]),
            attachments=attachments,
            stated=_stated(of),
            referral=self._referral(of, kind, number, received_at),
            raw=self.raw,
            version=named.version,
            sealed=kind == kinds.REPORT,
            tasks=(PLATFORM_ENTRY,),
            warnings=_warnings(of, received_at),
        )

    def _received(self, of: Referred) -> tuple[datetime, str]:
        """The stamp when it can be believed, else when the delivery came. A stamp of the same day has no time."""
        came = self.inbound.received_at
        stamp = written(of.fields.get("received_at", "")) or written(of.fields.get("registered_at", ""))
        if stamp is None or not came - self.settings.oldest_stamp <= stamp.at <= came:
            return came, self.inbound.received_at_source
        if stamp.day_only and stamp.at.date() == came.astimezone(SHANGHAI).date():
            return came, self.inbound.received_at_source
        return stamp.at, "stamp"

    def _referral(self, of: Referred, kind: str, number: str, received_at: datetime) -> Referral:
        hearing = written(of.fields.get("hearing_at", ""))
        account = self.settings.accounts.get(self.inbound.account)
        return Referral(
            number=number,
            authority=of.fields.get("authority") or (account.authority if account else None),
            kind=kind,
            due_at=due_of(of, received_at),
            status=of.fields.get("status"),
            document_no=of.fields.get("document_no"),
            respondent=of.fields.get("respondent"),
            credit_code=of.fields.get("credit_code"),
            handler=of.fields.get("handler"),
            handler_phone=of.fields.get("handler_phone"),
            hearing_at=hearing.at if hearing else None,
            hearing_place=of.fields.get("hearing_place"),
        )

    def _submitted_by(self, of: Referred) -> SubmittedBy:
        """The authority; of a notice by phone the member of staff who typed it, the authority is in the referral."""
        staff = self.inbound.source.get("staff")
        if staff is not None:
            return SubmittedBy(role="staff", name=staff)
        return SubmittedBy(role="authority", name=of.fields.get("authority"))

    def _sender(self, of: Referred) -> Sender | None:
        name = of.fields.get("name")
        phones = phones_of(of.fields.get("phone", ""))
        emails = tuple(dict.fromkeys(map(contacts.email, persons_of(of.fields.get("email", "")))))
        address = of.fields.get("address")
        if not (name or phones or emails or address):
            return None
        proven = [one for one in phones if one.startswith("+")] + [one for one in emails if "@" in one]
        proofs = dict.fromkeys(proven, Proof.AUTHORITY)
        return Sender(name=name, phones=phones, emails=emails, address=address, proofs=proofs)

    def _files(
        self, of: Referred, named: Named, *, withheld: bool
    ) -> tuple[tuple[AttachedFile, ...], tuple[Attachment, ...]]:
        files, attachments = [], []
        for index, file in enumerate(of.files):
            if not file.content or len(file.content) > self.settings.max_file_bytes:
                continue
            digest = self._digest(file.content, named, withheld=withheld)
            number = named_uuid("attachment", str(named.complaint_id), str(index), digest)
            files.append(AttachedFile(number, file.content))
            attachments.append(
                Attachment(
                    attachment_id=number,
                    name=None if withheld else file.name or None,
                    media_type=file.media_type,
                    size_bytes=len(file.content),
                    sha256=digest,
                    state="withheld" if withheld else "stored",
                )
            )
        return tuple(files), tuple(attachments)

    def _digest(self, content: bytes, named: Named, *, withheld: bool) -> str:
        """The SHA-256; keyed and of this complaint alone where the same picture elsewhere would tell who reported."""
        if not withheld:
            return hashlib.sha256(content).hexdigest()
        return hmac.digest(self.naming.pseudonym_key, named.complaint_id.bytes + content, "sha256").hex()

    def _with_reporter(
        self, of: Referred, named: Named, files: tuple[AttachedFile, ...], attachments: tuple[Attachment, ...]
    ) -> tuple[tuple[AttachedFile, ...], tuple[Attachment, ...]]:
        salt = pseudonym(self.naming.pseudonym_key, "reporter", str(named.complaint_id))
        content = reporter_file(of, salt)
        number = named_uuid("attachment", str(named.complaint_id), REPORTER_FILE, named.version or "")
        note = Attachment(
            attachment_id=number,
            name=REPORTER_FILE,
            media_type="application/json",
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            state="withheld",
        )
        return (*files, AttachedFile(number, content)), (*attachments, note)


def _wrong(of: Referred, number: str) -> tuple[Reason, str] | None:
    if of.too_long:
        return Reason.TOO_LARGE, "a cell is longer than the limit"
    if "number" in of.lost:
        return Reason.DIGITS_LOST, _NUMBER_LOST
    if number and (wrong := wrong_number(number)):
        return wrong
    if not body_of(of).strip() and not of.fields.get("product") and not any(file.content for file in of.files):
        return Reason.EMPTY, "neither text nor request, product or file"
    return None


def _stated(of: Referred) -> Stated:
    given = {name: of.fields[name] for name in _STATED if name in of.fields}
    return Stated(**given, desired_resolution=of.fields.get("request"))


def _warnings(of: Referred, received_at: datetime) -> tuple[str, ...]:
    found = [f"digits_lost_{label_of(name)}" for name in sorted(of.lost) if name in _STATED]
    found += ["digits_lost"] if of.lost and not found else []
    if of.fields.get("due_at") and due_of(of, received_at) is None:
        found.append("due_at_unreadable")
    if any(not file.content for file in of.files):
        found.append("attachment_unreadable")
    return tuple(found)
