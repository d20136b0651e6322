"""What a channel hands over with the words: identifiers and stated fields, missing as often as they are in life."""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from deploy.training.stream.model import Draft, Person
from deploy.training.stream.settings import StreamSettings
from deploy.training.stream.telling import Mention, Teller
from deploy.training.stream.words import masked
from schemas.commands import LinkLine

CHANNEL = {
    "wechat": "wechat",
    "call": "phone",
    "sms": "phone",
    "email": "email",
    "web": "web",
    "referral": "regulator_12315",
}
_ZONE = timedelta(hours=8)


@dataclass(slots=True)
class _Sender:
    name: str | None = None
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    openid: str | None = None
    customer_no: str | None = None
    phone_in_text: str | None = None

    def as_json(self) -> dict[str, Any]:
        given = {"name": self.name, "openid": self.openid, "customer_no": self.customer_no}
        return {"phones": self.phones, "emails": self.emails} | {key: value for key, value in given.items() if value}


class Channels:
    """Turns drafts into the lines `intake link` reads."""

    def __init__(self, settings: StreamSettings, dice: Random, store_phones: dict[str, str]) -> None:
        self._settings, self._dice = settings, dice
        self._store_phones = store_phones
        self._teller = Teller(settings, dice)

    def line(self, draft: Draft, number: int) -> LinkLine:
        """One draft as a line; `number` makes its id."""
        incident, form, dice, rates = draft.incident, draft.form, self._dice, self._settings
        writer = draft.writer or incident.person
        sender = self._sender(draft, writer)
        order = draft.order_no or incident.order_no
        fields = form == "web" or (form == "referral" and dice.random() < 0.4)
        stated = {
            "order_no": order
            if fields and "order" not in draft.without and dice.random() < rates.order_field
            else None,
            "product": incident.goods if fields and dice.random() < rates.product_field else None,
            "store": incident.store if fields and dice.random() < rates.store_field else None,
            "event_date": self._event_date(draft) if form == "web" else None,
            "batch_no": incident.batch_no if fields and dice.random() < rates.batch_in_text else None,
        }
        text = draft.text or self._text(draft, writer, sender, order if not stated["order_no"] else None)
        return LinkLine(
            complaint_id=f"s{rates.seed}-{number:06d}",
            received_at=draft.at,
            channel=CHANNEL[form],
            sender=sender.as_json(),
            text=text,
            referral_number=f"1{dice.randrange(10**21):021d}" if form == "referral" else None,
            **stated,
        )

    def _event_date(self, draft: Draft) -> str | None:
        if draft.asks or "date" in draft.without or self._dice.random() >= self._settings.date_field:
            return None
        return draft.incident.day.isoformat()

    def _text(self, draft: Draft, writer: Person, sender: _Sender, order: str | None) -> str:
        dice, rates, incident = self._dice, self._settings, draft.incident
        online = incident.kernel.at == "online"
        chance = rates.order_in_text * (1.6 if online else 1)
        mention = Mention(
            day=incident.day if "date" not in draft.without and dice.random() < rates.date_in_text else None,
            store=incident.store if not online and dice.random() < rates.store_in_text else None,
            order_no=order if "order" not in draft.without and dice.random() < chance else None,
            batch_no=incident.batch_no if dice.random() < rates.batch_in_text else None,
            phone=sender.phone_in_text,
        )
        today = (draft.at + _ZONE).date()
        say = self._teller.ask if draft.asks else self._teller.tell
        return say(draft.form, incident, writer, mention, today)

    def _sender(self, draft: Draft, writer: Person) -> _Sender:
        sender = _Sender()
        getattr(self, f"_from_{draft.form}")(sender, writer, draft)
        if draft.sender_phones is not None:
            sender.phones = [*draft.sender_phones]
        sender.phones = [f"+86{one}" if self._international(one) else one for one in sender.phones]
        return sender

    def _international(self, phone: str) -> bool:
        return "*" not in phone and phone.startswith("1") and self._dice.random() < self._settings.international_phone

    def _name(self, writer: Person) -> str | None:
        if self._dice.random() >= self._settings.name:
            return None
        return self._dice.choice((writer.surname + writer.given, writer.surname + writer.honorific))

    def _either_phone(self, writer: Person) -> str:
        other = writer.second_phone
        return other if other and self._dice.random() < 0.3 else writer.phone

    def _from_wechat(self, sender: _Sender, writer: Person, _draft: Draft) -> None:
        dice, rates = self._dice, self._settings
        sender.openid = writer.openid
        if dice.random() < rates.wechat_phone:
            sender.phone_in_text = self._either_phone(writer)
        if writer.customer_no and dice.random() < rates.wechat_customer_no:
            sender.customer_no = writer.customer_no

    def _from_call(self, sender: _Sender, writer: Person, draft: Draft) -> None:
        dice, rates = self._dice, self._settings
        sender.name = self._name(writer)
        if dice.random() < rates.clerk_gives_store_phone:
            sender.phones = [self._store_phones[draft.incident.store]]
        elif dice.random() >= rates.call_withheld:
            sender.phones = [self._either_phone(writer)]
        if dice.random() < rates.call_other_phone:
            sender.phone_in_text = writer.phone

    def _from_sms(self, sender: _Sender, writer: Person, _draft: Draft) -> None:
        sender.phones = [self._either_phone(writer)]

    def _from_email(self, sender: _Sender, writer: Person, _draft: Draft) -> None:
        dice, rates = self._dice, self._settings
        sender.emails, sender.name = [writer.email], self._name(writer)
        if dice.random() < rates.mail_phone:
            sender.phones = [writer.phone]
        elif dice.random() < rates.mail_phone_in_text:
            sender.phone_in_text = writer.phone

    def _from_web(self, sender: _Sender, writer: Person, _draft: Draft) -> None:
        dice, rates = self._dice, self._settings
        sender.name = self._name(writer)
        if dice.random() < rates.web_phone:
            sender.phones = [self._either_phone(writer)]
        if dice.random() < rates.web_email or not sender.phones:
            sender.emails = [writer.email]
        if writer.customer_no and dice.random() < rates.web_customer_no:
            sender.customer_no = writer.customer_no

    def _from_referral(self, sender: _Sender, writer: Person, _draft: Draft) -> None:
        dice, rates = self._dice, self._settings
        sender.name = dice.choice(
            (f"{writer.surname}**", f"{writer.surname}{writer.honorific}", writer.surname + writer.given)
        )
        if dice.random() < rates.referral_phone:
            hide = dice.random() < rates.referral_masked
            sender.phones = [masked(writer.phone) if hide else writer.phone]
