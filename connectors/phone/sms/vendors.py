"""The calls of Aliyun and Tencent Cloud that send an SMS and that ask what became of one.

Sources, read 2026-11-22. Aliyun SendSms 2017-05-25 (help.aliyun.com/document_detail/55284.html): PhoneNumbers,
SignName, TemplateCode, TemplateParam (a JSON object of strings), OutId, echoed in the delivery report; answer `Code`
"OK", `BizId`. That the parameters travel in the query is the vendor's SDK's way. Tencent SendSms 2021-01-11
(cloud.tencent.com/document/api/382/55981): PhoneNumberSet in E.164, SmsSdkAppId, TemplateId, SignName,
TemplateParamSet, SessionContext; answer `SendStatusSet[].Code` "Ok", `SerialNo`. Neither is idempotent.

Asking, read 2026-11-22. Aliyun QuerySendDetails (help.aliyun.com/document_detail/419277.html): PhoneNumber, 11 digits,
SendDate yyyyMMdd (of China Standard Time: unsure) within 30 days, PageSize up to 50, CurrentPage from 1; answer
`TotalCount` and `SmsSendDetailDTOs.SmsSendDetailDTO[]` with `OutId` and `SendStatus` 1 waiting, 2 failed, 3 received.
Tencent PullSmsSendStatusByPhoneNumber 2021-01-11 (tencentcloud.com/document/api/382/40518): BeginTime in seconds within
7 days, Offset always 0, Limit up to 100, PhoneNumber in E.164, SmsSdkAppId; answer `PullSmsSendStatusSet[]` with
`SessionContext`. Whether it lists a message that has no report yet is unsure.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import SecretStr

from connectors.phone.sms.codes import ALIYUN_CODES, TENCENT_CODES, Code
from connectors.phone.sms.signing import Credential, aliyun_headers, canonical_query, tencent_headers
from connectors.phone.sms.template import SmsTemplate, Variable
from connectors.phone.values import CHINA_STANDARD_TIME, plain

_ALIYUN_PAGE = 50
_TENCENT_PAGE = 100
_CLOCKS_APART = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP POST, ready to send as it is."""

    url: str
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class VendorAnswer:
    """What an answer says: the vendor's code (None when it has none) and the id the message got."""

    code: str | None
    vendor_id: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """What one page of messages sent to a number says: its code, whether ours is among them, whether there are more."""

    code: str | None
    found: bool = False
    more: bool = False


class TemplateVendor(Protocol):
    """One vendor's way to send a template and to ask about it."""

    codes: ClassVar[Mapping[str, Code]]
    """The meaning of its error codes."""
    accepted: ClassVar[str]
    """The code of a call that was done."""
    remembered: ClassVar[timedelta]
    """How far back messages are listed."""
    lists_all: ClassVar[bool]
    """Whether a message that is not listed was surely not taken; not so where only those with a report may be."""

    def call(
        self, number: str, template: SmsTemplate, values: Mapping[Variable, str], outbox_id: UUID, moment: datetime
    ) -> Call:
        """The signed request; `number` is E.164."""
        ...

    def answer(self, body: object) -> VendorAnswer:
        """Read the JSON of an answer, whatever it is."""
        ...

    def span(self, at: datetime) -> str:
        """The name of what one list covers that has the messages of this moment."""
        ...

    def query(self, number: str, at: datetime, page: int, moment: datetime) -> Call:
        """The signed request for a page, from 1, of the messages sent to a number around `at`."""
        ...

    def listed(self, body: object, outbox_id: UUID, page: int) -> Listed:
        """Read the JSON of a page, whatever it is."""
        ...


@dataclass(frozen=True, slots=True)
class AliyunSms:
    """Sends through Aliyun."""

    access_key_id: str
    access_key_secret: SecretStr
    endpoint: str = "https://dysmsapi.aliyuncs.com"
    codes: ClassVar[Mapping[str, Code]] = ALIYUN_CODES
    accepted: ClassVar[str] = "OK"
    remembered: ClassVar[timedelta] = timedelta(days=30)
    lists_all: ClassVar[bool] = True

    def call(
        self, number: str, template: SmsTemplate, values: Mapping[Variable, str], outbox_id: UUID, moment: datetime
    ) -> Call:
        """See `TemplateVendor`. A new nonce each time: Alibaba refuses one it has seen."""
        return self._signed(
            "SendSms",
            {
                "OutId": str(outbox_id),
                "PhoneNumbers": number.removeprefix("+86"),
                "SignName": template.sign_name,
                "TemplateCode": template.template_id,
                "TemplateParam": json.dumps(values, ensure_ascii=False),
            },
            moment,
        )

    def answer(self, body: object) -> VendorAnswer:
        """See `TemplateVendor`."""
        fields = _object(body)
        return VendorAnswer(_text(fields.get("Code")), _text(fields.get("BizId")))

    def span(self, at: datetime) -> str:
        """See `TemplateVendor`: a day."""
        return f"{at.astimezone(CHINA_STANDARD_TIME):%Y%m%d}"

    def query(self, number: str, at: datetime, page: int, moment: datetime) -> Call:
        """See `TemplateVendor`."""
        parameters = {
            "CurrentPage": str(page),
            "PageSize": str(_ALIYUN_PAGE),
            "PhoneNumber": number.removeprefix("+86"),
            "SendDate": self.span(at),
        }
        return self._signed("QuerySendDetails", parameters, moment)

    def listed(self, body: object, outbox_id: UUID, page: int) -> Listed:
        """See `TemplateVendor`."""
        fields = _object(body)
        total = plain(fields.get("TotalCount"))
        details = _objects(_object(fields.get("SmsSendDetailDTOs")).get("SmsSendDetailDTO"))
        return Listed(
            _text(fields.get("Code")),
            found=any(one.get("OutId") == str(outbox_id) for one in details),
            more=total.isdecimal() and int(total) > page * _ALIYUN_PAGE,
        )

    def _signed(self, action: str, parameters: Mapping[str, str], moment: datetime) -> Call:
        query = canonical_query(parameters)
        host = urlsplit(self.endpoint).netloc
        credential = Credential(self.access_key_id, self.access_key_secret.get_secret_value())
        headers = aliyun_headers(credential, host, action, "2017-05-25", query, moment, secrets.token_hex(16))
        return Call(f"{self.endpoint}/?{query}", headers, b"")


@dataclass(frozen=True, slots=True)
class TencentSms:
    """Sends through Tencent Cloud."""

    secret_id: str
    secret_key: SecretStr
    sdk_app_id: str
    region: str = "ap-guangzhou"
    endpoint: str = "https://sms.tencentcloudapi.com"
    codes: ClassVar[Mapping[str, Code]] = TENCENT_CODES
    accepted: ClassVar[str] = "Ok"
    remembered: ClassVar[timedelta] = timedelta(days=7)
    lists_all: ClassVar[bool] = False

    def call(
        self, number: str, template: SmsTemplate, values: Mapping[Variable, str], outbox_id: UUID, moment: datetime
    ) -> Call:
        """See `TemplateVendor`."""
        fields = {
            "PhoneNumberSet": [number],
            "SmsSdkAppId": self.sdk_app_id,
            "TemplateId": template.template_id,
            "SignName": template.sign_name,
            "TemplateParamSet": [values[variable] for variable in template.variables],
            "SessionContext": str(outbox_id),
        }
        return self._signed("SendSms", fields, moment)

    def answer(self, body: object) -> VendorAnswer:
        """See `TemplateVendor`. An error of the whole request comes before the status of the one number."""
        response = _object(_object(body).get("Response"))
        error = _text(_object(response.get("Error")).get("Code"))
        if error is not None:
            return VendorAnswer(error)
        statuses = response.get("SendStatusSet")
        status = _object(statuses[0]) if isinstance(statuses, list) and len(statuses) == 1 else {}
        return VendorAnswer(_text(status.get("Code")), _text(status.get("SerialNo")))

    def span(self, at: datetime) -> str:
        """See `TemplateVendor`: a list has no end."""
        return "all since"

    def query(self, number: str, at: datetime, page: int, moment: datetime) -> Call:
        """See `TemplateVendor`; there is one page."""
        fields = {
            "BeginTime": int((at - _CLOCKS_APART).timestamp()),
            "Limit": _TENCENT_PAGE,
            "Offset": 0,
            "PhoneNumber": number,
            "SmsSdkAppId": self.sdk_app_id,
        }
        return self._signed("PullSmsSendStatusByPhoneNumber", fields, moment)

    def listed(self, body: object, outbox_id: UUID, page: int) -> Listed:
        """See `TemplateVendor`."""
        response = _object(_object(body).get("Response"))
        error = _text(_object(response.get("Error")).get("Code"))
        statuses = response.get("PullSmsSendStatusSet")
        if error is not None or not isinstance(statuses, list):
            return Listed(error)
        return Listed(self.accepted, any(one.get("SessionContext") == str(outbox_id) for one in _objects(statuses)))

    def _signed(self, action: str, fields: Mapping[str, object], moment: datetime) -> Call:
        body = json.dumps(fields, ensure_ascii=False).encode()
        credential = Credential(self.secret_id, self.secret_key.get_secret_value())
        headers = tencent_headers(credential, urlsplit(self.endpoint).netloc, "sms", body, moment)
        unsigned = {"X-TC-Action": action, "X-TC-Version": "2021-01-11", "X-TC-Region": self.region}
        return Call(f"{self.endpoint}/", headers | unsigned, body)


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
