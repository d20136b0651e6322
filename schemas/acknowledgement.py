"""The text of an acknowledgement: number, what we understood, by when we answer, how to add, where to look."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.complaint import Complaint
from schemas.masking import find_personal
from schemas.policy.acknowledging import FACT_KINDS, Variant
from schemas.policy.pack import PolicyPack
from schemas.records import Clock, Understanding
from schemas.views import AnswerableView, UnderstandingView

_LONGEST_FACT = 40
_LINK = re.compile(r"://|www\.|@|[a-z0-9-]+\.(?:com|cn|net|org|top|xyz|cc|io)\b", re.IGNORECASE)
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_/-]{2,39}")
_UNDERSTOOD = frozenset({Variant.UNDERSTOOD, Variant.ADDED, Variant.FOLLOW_UP, Variant.NOTED})
_PROVISIONAL = {
    "zh-Hans": "（暂定，该年放假安排公布后可能调整）",
    "zh-Hant": "（暫定，該年放假安排公布後可能調整）",
    "en": " (provisional: the public holidays of that year are not announced yet)",
}
_WEEKDAYS = {"zh-Hans": "一二三四五六日", "zh-Hant": "一二三四五六日"}
_ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rendered:
    """An acknowledgement ready to send, and the language it is in."""

    subject: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class About:
    """What the text is about: one complaint (or suspended delivery), as far as it is understood."""

    tracking_number: str
    received_at: datetime
    language: str | None = None
    kind: str = "complaint"
    category: str = "other"
    facts: Mapping[str, str] = field(default_factory=dict)
    promise: Clock | None = None


def about(
    complaint: Complaint | AnswerableView, understanding: Understanding | UnderstandingView | None = None
) -> About:
    """What can be said of a complaint; without an understanding its facts are those the sender stated."""
    return About(
        complaint.tracking_number,
        complaint.received_at,
        complaint.language,
        understanding.kind if understanding else "complaint",
        understanding.primary if understanding else "other",
        _facts(complaint, understanding),
        understanding.promise if understanding else None,
    )


def render_acknowledgement(
    pack: PolicyPack,
    variant: Variant,
    about: About,
    *,
    channel: str,
    status_url: str,
    answer_by: datetime | None = None,
) -> Rendered:
    """Render the text for one complaint in its own language and script.

    `answer_by` defaults to the clock of what was understood, without one to the clock the pack promises. Repeats
    nothing a sender wrote except short facts: a product, store, number or date, never a name, address, contact or
    link, so the mail cannot carry somebody else's advertisement.
    """
    words = pack.acknowledgement
    language = words.language_for(about.language)
    template = words.text(language, variant, channel)
    values = {
        "tracking_number": about.tracking_number,
        "understood": _understood(pack, about, language),
        "fact": _fact(pack, about, language),
        "received_at": moment(about.received_at, language, pack.zone),
        "answer_by": _by(answer_by, pack, variant, about, language),
        "status_url": status_url,
        "signature": words.signature.of(language),
    }
    return Rendered(template.subject.format_map(values), template.body.format_map(values), language)


def moment(at: datetime, language: str, zone: ZoneInfo) -> str:
    """Date, weekday, hour and minute of a time in the customers' zone, as people write it."""
    local = at.astimezone(zone)
    if language in _WEEKDAYS:
        weekday = _WEEKDAYS[language][local.weekday()]
        week = "周" if language == "zh-Hans" else "週"
        place = "北京时间" if language == "zh-Hans" else "北京時間"
        return f"{local.year}年{local.month}月{local.day}日（{week}{weekday}）{local:%H:%M}（{place}）"
    month = _ENGLISH_MONTHS[local.month - 1]
    return f"{_ENGLISH_DAYS[local.weekday()]}, {local.day} {month} {local.year}, {local:%H:%M} (Beijing time)"


def _by(answer_by: datetime | None, pack: PolicyPack, variant: Variant, about: About, language: str) -> str:
    """The date an answer is promised by, in words; a provisional one says so."""
    if answer_by is not None:
        return deadline(answer_by, language, pack.zone)
    if about.promise is None or variant not in _UNDERSTOOD:
        return deadline(_promised(pack, variant, about), language, pack.zone)
    words = deadline(about.promise.due_at, language, pack.zone)
    return f"{words}{_PROVISIONAL[language]}" if about.promise.provisional else words


def deadline(at: datetime, language: str, zone: ZoneInfo) -> str:
    """A time by which something is done, as people write it; midnight is the end of the day before."""
    local = at.astimezone(zone)
    if local.time() != time(0):
        return moment(at, language, zone)
    minute_before = moment(at - timedelta(minutes=1), language, zone)
    if language in _WEEKDAYS:
        return minute_before.replace("23:59", "24:00")
    return f"the end of {minute_before.replace(', 23:59', '')}"


def _promised(pack: PolicyPack, variant: Variant, about: About) -> datetime:
    understood = variant in _UNDERSTOOD
    words = pack.acknowledgement
    return pack.due_at(words.promised_clock if understood else words.promised_clock_unclassified, about.received_at)


def _understood(pack: PolicyPack, about: About, language: str) -> str:
    kind = pack.kind(about.kind) or pack.kind("other")
    category = pack.category(about.category) or pack.category("other")
    if kind is None or category is None:
        raise KeyError("other")  # a checked pack declares both
    return kind.words.of(language).replace("{category}", category.title.of(language))


def _fact(pack: PolicyPack, about: About, language: str) -> str:
    """One fact of this complaint, the most telling first; when it reached us is always there."""
    for kind in FACT_KINDS:
        value = moment(about.received_at, language, pack.zone) if kind == "received" else about.facts.get(kind)
        if value:
            return pack.acknowledgement.facts[kind].of(language).replace("{value}", value)
    raise KeyError("received")  # FACT_KINDS ends with it


def _facts(
    complaint: Complaint | AnswerableView, understanding: Understanding | UnderstandingView | None
) -> dict[str, str]:
    """The most telling fact that may be repeated; a text names no other."""
    stated = complaint.stated
    found = {
        name: values[0].value for name, values in (understanding.fields if understanding else {}).items() if values
    }
    if understanding and understanding.kind != "complaint":
        found.pop("date", None)  # who asks about a day does not say that something happened on it
    readers: dict[str, Callable[[], str | None]] = {
        "product": lambda: _short(stated.product),
        "order_no": lambda: _number(stated.order_no or found.get("order_no")),
        "store": lambda: _short(stated.store),
        "batch_no": lambda: _number(stated.batch_no or found.get("batch_no")),
        "event_date": lambda: _short(stated.event_date or found.get("date")),
        "amount": lambda: _short(stated.amount),
        "attachments": lambda: str(len(complaint.attachments)) if complaint.attachments else None,
    }
    for kind in FACT_KINDS:
        if (read := readers.get(kind)) and (value := read()):
            return {kind: value}
    return {}


def _short(value: str | None) -> str | None:
    """A value on one line, or None when it is long, holds a link or could identify a person."""
    one_line = " ".join((value or "").split())
    if not one_line or len(one_line) > _LONGEST_FACT or _LINK.search(one_line) or find_personal(one_line):
        return None
    return one_line


def _number(value: str | None) -> str | None:
    value = (value or "").strip()
    return value if _NUMBER.fullmatch(value) and not find_personal(f"订单号:{value}") else None
