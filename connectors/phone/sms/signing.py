"""The two vendors' request signatures, by hand on HMAC-SHA256. Pure: the time and the nonce come from the caller.

Sources, read 2026-11-22: Alibaba Cloud "V3 request structure and signature", ACS3-HMAC-SHA256; Tencent Cloud
"Signature v3", TC3-HMAC-SHA256 (cloud.tencent.com/document/api/382/52072: unsure of the page's number). Both texts
carry a worked example; the tests compute both.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Credential:
    """One key pair at a vendor."""

    key_id: str
    secret: str = field(repr=False)


def canonical_query(parameters: Mapping[str, str]) -> str:
    """The query as Alibaba signs it and as it must be sent: sorted, RFC 3986 encoding."""
    return "&".join(f"{_encoded(name)}={_encoded(parameters[name])}" for name in sorted(parameters))


def aliyun_headers(
    credential: Credential, host: str, action: str, version: str, query: str, moment: datetime, nonce: str
) -> dict[str, str]:
    """Headers of a POST without body to `/?query`. Alibaba refuses a `moment` more than 15 minutes off."""
    payload = _sha256(b"")
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": payload,
        "x-acs-date": f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    signed = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"POST\n/\n{query}\n{lines}\n{signed}\n{payload}"
    text = f"ACS3-HMAC-SHA256\n{_sha256(request.encode())}"
    signature = hmac.digest(credential.secret.encode(), text.encode(), "sha256").hex()
    value = f"ACS3-HMAC-SHA256 Credential={credential.key_id},SignedHeaders={signed},Signature={signature}"
    return headers | {"Authorization": value}


def tencent_headers(credential: Credential, host: str, service: str, body: bytes, moment: datetime) -> dict[str, str]:
    """Headers that sign a JSON POST to `/`; action, version and region travel unsigned beside them.

    Tencent refuses a `moment` more than five minutes off.
    """
    timestamp = int(moment.timestamp())
    day = f"{moment.astimezone(UTC):%Y-%m-%d}"
    scope = f"{day}/{service}/tc3_request"
    signed = "content-type;host"
    request = f"POST\n/\n\ncontent-type:{JSON_TYPE}\nhost:{host}\n\n{signed}\n{_sha256(body)}"
    text = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{_sha256(request.encode())}"
    key = f"TC3{credential.secret}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    value = f"TC3-HMAC-SHA256 Credential={credential.key_id}/{scope}, SignedHeaders={signed}, Signature={signature}"
    return {"Authorization": value, "Content-Type": JSON_TYPE, "Host": host, "X-TC-Timestamp": str(timestamp)}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")
