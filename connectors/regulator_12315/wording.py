"""The words of a referral: its text with what has no field of its own, its phones, the date it names as due."""

import re
from datetime import datetime, timedelta

from connectors import contacts
from connectors.regulator_12315.fields import Referred, label_of
from connectors.regulator_12315.moments import written
from schemas.calendar import china_calendar

_SAID_IN_WORDS = ("respondent_address", "department")
_BETWEEN = re.compile(r"[,，;；、|\n]+")
_BETWEEN_PHONES = re.compile(r"[,，;；、|/\n]+")
_WORKING_DAYS = re.compile(r"\D{0,10}?(\d{1,3}) ?个?工作日[内]?\D{0,6}")
_DAYS = re.compile(r"\D{0,10}?(\d{1,3}) ?(?:个?自然日|个?日历日|日|天)[内]?\D{0,6}")
_HOURS = re.compile(r"\D{0,10}?(\d{1,3}) ?个?小时[内]?\D{0,6}")


def body_of(of: Referred) -> str:
    """The text: what happened, what is asked for where that is not said in it, then everything else with its label."""
    fields = of.fields
    text = "\n".join(
        dict.fromkeys(fields[name] for name in ("text", "complaint_text", "report_text") if name in fields)
    )
    lines = [text] if text else []
    request = fields.get("request", "")
    if request and request not in text:
        lines.append(f"诉求：{request}" if text else request)
    lines += [f"{label_of(name)}：{fields[name]}" for name in _SAID_IN_WORDS if name in fields]
    lines += [f"{label}：{value}" for label, value in of.others]
    if fields.get("result"):
        lines.append(f"办理情况：{fields['result']}")
    return "\n".join(lines)


def persons_of(text: str) -> list[str]:
    """The values of a field that may hold several."""
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]


def phones_of(text: str) -> tuple[str, ...]:
    """The phones of a field; one the authority has masked (138****1234) names nobody and is left out."""
    parts = [part.strip() for part in _BETWEEN_PHONES.split(text) if part.strip()]
    return tuple(dict.fromkeys(contacts.phone(part) for part in parts if "*" not in part))


def due_of(of: Referred, received_at: datetime) -> datetime | None:
    """The date a referral names, to the end of that day, or the length of time it gives from its receipt on."""
    given = of.fields.get("due_at", "")
    if not given:
        return None
    if found := written(given):
        return found.end
    if match := _WORKING_DAYS.fullmatch(given[:40]):
        return china_calendar().end_after_working_days(received_at, int(match[1])).at
    if match := _DAYS.fullmatch(given[:40]):
        return china_calendar().end_after_days(received_at, int(match[1])).at
    if match := _HOURS.fullmatch(given[:40]):
        return received_at + timedelta(hours=int(match[1]))
    return None
