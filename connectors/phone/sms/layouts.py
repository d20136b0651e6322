"""The JSON of a push, read into text messages and delivery reports.

Aliyun SmsUp, `application/json` in UTF-8, an array of (help.aliyun.com/document_detail/101847.html, 60127, 414223):

| field | meaning | source |
|---|---|---|
| phone_number | who wrote, 11 digits or with a country code | 101847; the forms with a code: unsure |
| content | the text | 101847 |
| send_time | `YYYY-MM-DD hh:mm:ss`, when the carrier pushed it | 101847; that it is China Standard Time: unsure |
| dest_code | our extension, made by the vendor | 101847 |
| sequence_id | a sequence number; a string in 101847, a number in 60127 and 414223 | unique or not: unsure |
| sign_name | the signature that was answered; in 60127 and 414223 only | not read |

Tencent SMS reply, one JSON object (tencentcloud.com/document/api/382/43548):

| field | meaning | source |
|---|---|---|
| mobile | who wrote, without country code | 43548 |
| nationcode | the country code, digits | 43548 |
| text | the text | 43548 |
| time | Unix time in seconds | 43548 |
| extend | our extension, empty unless opened | 43548 |
| sign | the signature that was answered | 43548; not read |

It has no message id. What a delivery report looks like says `reports`. One object instead of Aliyun's array, or an
array of Tencent's objects, is read too: unsure whether either vendor ever sends it. All read 2026-11-22.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.phone.callbacks import Vendor
from connectors.phone.numbers import CHINA
from connectors.phone.sms.reports import DeliveryReport, report
from connectors.phone.values import china_time, plain, unix_time
from schemas.errors import PayloadRejected, Reason

_TEXT_FIELD = {Vendor.ALIYUN: "content", Vendor.TENCENT: "text"}


@dataclass(frozen=True, slots=True)
class TextMessage:
    """One SMS as the vendor wrote it down. `at` is None when `written_at` is no time."""

    number: str
    country_code: str
    text: str
    at: datetime | None
    written_at: str
    sequence: str
    our_extension: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a push: its canonical JSON, and the SMS or the delivery report in it; neither when it is neither."""

    canonical: str
    message: TextMessage | None
    report: DeliveryReport | None = None

    @property
    def is_known(self) -> bool:
        """Whether it has the vendor's layout."""
        return self.message is not None or self.report is not None


def entries(body: bytes, vendor: Vendor) -> list[Entry]:
    """Read a push. Raises `PayloadRejected` when the body as a whole is none."""
    try:
        found = json.loads(body.decode(), parse_constant=_refuse_constant)
        values = found if isinstance(found, list) else [found]
        read = [_entry(value, vendor) for value in values]
    except (ValueError, RecursionError) as error:
        raise PayloadRejected(Reason.UNREADABLE, "no JSON in UTF-8") from error
    if not isinstance(found, list) and not read[0].is_known:
        raise PayloadRejected(Reason.UNREADABLE, f"no object with the field {_TEXT_FIELD[vendor]}, and no report")
    return read


def _entry(value: object, vendor: Vendor) -> Entry:
    """A text comes first: what a customer wrote is never taken for a report."""
    canonical = json.dumps(value, sort_keys=True)
    message = _message(value, vendor)
    if message is not None or not isinstance(value, dict):
        return Entry(canonical, message)
    return Entry(canonical, None, report(value, vendor))


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _message(value: object, vendor: Vendor) -> TextMessage | None:
    if not isinstance(value, dict) or not isinstance(value.get(_TEXT_FIELD[vendor]), str):
        return None
    return _READERS[vendor](value)


def _aliyun(fields: Mapping[str, Any]) -> TextMessage:
    written_at = plain(fields.get("send_time"))
    return TextMessage(
        number=plain(fields.get("phone_number")),
        country_code=CHINA,
        text=fields["content"],
        at=china_time(written_at),
        written_at=written_at,
        sequence=plain(fields.get("sequence_id")),
        our_extension=plain(fields.get("dest_code")),
    )


def _tencent(fields: Mapping[str, Any]) -> TextMessage:
    written_at = plain(fields.get("time"))
    return TextMessage(
        number=plain(fields.get("mobile")),
        country_code=plain(fields.get("nationcode")).lstrip("+") or CHINA,
        text=fields["text"],
        at=unix_time(written_at),
        written_at=written_at,
        sequence="",
        our_extension=plain(fields.get("extend")),
    )


_READERS: Mapping[Vendor, Callable[[Mapping[str, Any]], TextMessage]] = {
    Vendor.ALIYUN: _aliyun,
    Vendor.TENCENT: _tencent,
}
