"""The SendSms calls of Aliyun and Tencent Cloud: the request, and what its answer says.

Sources, read 2026-11-22. Aliyun SendSms 2017-05-25 (help.aliyun.com/document_detail/55284.html): PhoneNumbers,
SignName, TemplateCode, TemplateParam (a JSON object of strings), OutId, echoed in the delivery report; answer `Code`
"OK", `BizId`. That the parameters travel in the query is the vendor's SDK's way. Tencent SendSms 2021-01-11
(cloud.tencent.com/document/api/382/55981): PhoneNumberSet in E.164, SmsSdkAppId, TemplateId, SignName,
TemplateParamSet, SessionContext; answer `SendStatusSet[].Code` "Ok", `SerialNo`. Neither is idempotent.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import SecretStr

from connectors.phone.sms.codes import ALIYUN_CODES, TENCENT_CODES, Code
from connectors.phone.sms.signing import Credential, aliyun_headers, canonical_query, tencent_headers
from connectors.phone.sms.template import SmsTemplate, Variable


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


class TemplateVendor(Protocol):
    """One vendor's way to send a template."""

    codes: ClassVar[Mapping[str, Code]]
    """The meaning of its error codes."""
    accepted: ClassVar[str]
    """The code of a message that was taken."""

    def call(
        self, number: str, template: SmsTemplate, values: Mapping[Variable, str], outbox_id: UUID, moment: datetime
    ) -> Call:
        """The signed request; `number` is E.164."""
        ...

    def answer(self, body: object) -> VendorAnswer:
        """Read the JSON of an answer, whatever it is."""
        ...


@dataclass(frozen=True, slots=True)
class AliyunSms:
    """Sends through Aliyun."""

    access_key_id: str
    access_key_secret: SecretStr
    endpoint: str = "https://dysmsapi.aliyuncs.com"
    codes: ClassVar[Mapping[str, Code]] = ALIYUN_CODES
    accepted: ClassVar[str] = "OK"

    def call(
        self, number: str, template: SmsTemplate, values: Mapping[Variable, str], outbox_id: UUID, moment: datetime
    ) -> Call:
        """See `TemplateVendor`. A new nonce each time: Alibaba refuses one it has seen."""
        query = canonical_query(
            {
                "OutId": str(outbox_id),
                "PhoneNumbers": number.removeprefix("+86"),
                "SignName": template.sign_name,
                "TemplateCode": template.template_id,
                "TemplateParam": json.dumps(values, ensure_ascii=False),
            }
        )
        host = urlsplit(self.endpoint).netloc
        credential = Credential(self.access_key_id, self.access_key_secret.get_secret_value())
        headers = aliyun_headers(credential, host, "SendSms", "2017-05-25", query, moment, secrets.token_hex(16))
        return Call(f"{self.endpoint}/?{query}", headers, b"")

    def answer(self, body: object) -> VendorAnswer:
        """See `TemplateVendor`."""
        fields = _object(body)
        return VendorAnswer(_text(fields.get("Code")), _text(fields.get("BizId")))


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
        body = json.dumps(fields, ensure_ascii=False).encode()
        credential = Credential(self.secret_id, self.secret_key.get_secret_value())
        headers = tencent_headers(credential, urlsplit(self.endpoint).netloc, "sms", body, moment)
        unsigned = {"X-TC-Action": "SendSms", "X-TC-Version": "2021-01-11", "X-TC-Region": self.region}
        return Call(f"{self.endpoint}/", headers | unsigned, body)

    def answer(self, body: object) -> VendorAnswer:
        """See `TemplateVendor`. An error of the whole request comes before the status of the one number."""
        response = _object(_object(body).get("Response"))
        error = _text(_object(response.get("Error")).get("Code"))
        if error is not None:
            return VendorAnswer(error)
        statuses = response.get("SendStatusSet")
        status = _object(statuses[0]) if isinstance(statuses, list) and len(statuses) == 1 else {}
        return VendorAnswer(_text(status.get("Code")), _text(status.get("SerialNo")))


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
