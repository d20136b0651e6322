"""Delivery reports: whether a message of ours reached the telephone.

Aliyun SmsReport, `application/json` in UTF-8, an array of (help.aliyun.com/zh/sms/developer-reference/smsreport-2):

| field | meaning | source |
|---|---|---|
| success | whether it was received, true or false | smsreport-2 |
| err_code | the code of the report, `DELIVERED` for a success | smsreport-2 |
| biz_id | the `BizId` of SendSms | smsreport-2 |
| out_id | the `OutId` of SendSms, our outbox id | smsreport-2 |
| report_time | `YYYY-MM-DD hh:mm:ss` of the report | smsreport-2; that it is China Standard Time: unsure |
| phone_number | to whom | smsreport-2 |
| send_time, err_msg, sms_size | | smsreport-2; not read |

Tencent's status callback, an array of (tencentcloud.com/document/api/382/43547):

| field | meaning | source |
|---|---|---|
| report_status | `SUCCESS` or `FAIL` | 43547 |
| errmsg | the code of the report, as `DELIVRD` | 43547 |
| sid | the `SerialNo` of SendSms | 43547 |
| user_receive_time | `YYYY-MM-DD hh:mm:ss` of arrival | 43547; that it is China Standard Time: unsure |
| nationcode, mobile | to whom | 43547 |
| description | words | 43547; not read |

It does not say our own id (`SessionContext`), so a report is found by the vendor's. A report comes more than once
(Aliyun's page says that they are not idempotent). All read 2026-11-22.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from connectors.phone.callbacks import Vendor
from connectors.phone.numbers import CHINA, e164
from connectors.phone.values import china_time, code, plain

_ID_CHARS = 100
_STATUSES = {"SUCCESS": True, "FAIL": False}


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a vendor says became of a message. `number` is E.164; ids and times it does not say are None."""

    delivered: bool
    code: str
    number: str | None
    at: datetime | None
    written_at: str
    vendor_id: str | None = None
    outbox_id: UUID | None = None


def report(fields: Mapping[str, Any], vendor: Vendor) -> DeliveryReport | None:
    """The report in an object; None when it is none, or does not say which message it is about."""
    found = _aliyun(fields) if vendor is Vendor.ALIYUN else _tencent(fields)
    return found if found is not None and (found.vendor_id or found.outbox_id) else None


def _aliyun(fields: Mapping[str, Any]) -> DeliveryReport | None:
    if not isinstance(fields.get("success"), bool):
        return None
    written_at = plain(fields.get("report_time"))
    return DeliveryReport(
        delivered=fields["success"],
        code=code(fields.get("err_code")),
        number=e164(plain(fields.get("phone_number"))),
        at=china_time(written_at),
        written_at=written_at,
        vendor_id=plain(fields.get("biz_id"))[:_ID_CHARS] or None,
        outbox_id=_uuid(plain(fields.get("out_id"))),
    )


def _tencent(fields: Mapping[str, Any]) -> DeliveryReport | None:
    delivered = _STATUSES.get(plain(fields.get("report_status")))
    if delivered is None:
        return None
    written_at = plain(fields.get("user_receive_time"))
    return DeliveryReport(
        delivered=delivered,
        code=code(fields.get("errmsg")),
        number=e164(plain(fields.get("mobile")), plain(fields.get("nationcode")).lstrip("+") or CHINA),
        at=china_time(written_at),
        written_at=written_at,
        vendor_id=plain(fields.get("sid"))[:_ID_CHARS] or None,
    )


def _uuid(written: str) -> UUID | None:
    try:
        return UUID(written)
    except ValueError:
        return None
