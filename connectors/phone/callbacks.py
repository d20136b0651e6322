"""What protects the addresses that vendors of calls and messages push to.

Neither Aliyun nor Tencent documents a signature on pushed replies (help.aliyun.com/document_detail/101847.html,
tencentcloud.com/document/api/382/43548) or call events (help.aliyun.com/zh/ccs, UpdateSubscription): a secret in the
query or path of the address we register with the vendor is the protection, and optionally the vendor's networks.
Neither publishes those networks, so they are a setting without a default. Tencent's contact centre pushes with HTTP
basic authentication (tencentcloud.com/document/product/1229/59640). All read 2026-11-22.

Whether either vendor's console takes an address with a query of its own is unsure: the secret may stand in the path
instead. Tencent's contact centre writes `?action=…` behind the address, so basic authentication is the way there.
"""

import base64
import hmac
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address

from connectors.contract import CALLER, WHOLE_QUERY, Answer, Evidence, Hook
from schemas.errors import NotGenuine
from schemas.identity import pseudonym
from schemas.inbound import Inbound
from schemas.settings import PhoneAccountSettings

PROOF_HEADER = "callback-proof"
"""In a delivery's `headers`: what `callback_proof` made of the secret the caller presented."""
ADDRESS_HEADER = "callback-caller"
"""In a delivery's `headers`: the network address of the caller; kept only where an account lists networks."""
AUTHORIZATION = "authorization"
_BASIC = "basic "


class Vendor(StrEnum):
    """Whose layout an account's deliveries have."""

    ALIYUN = "aliyun"
    TENCENT = "tencent"


def vendor_of(settings: PhoneAccountSettings) -> Vendor:
    """Whose layout this account's deliveries have."""
    return Vendor(settings.vendor.partition("-")[0])


def callback_proof(pseudonym_key: bytes, account: str, presented: str) -> str:
    """What travels with a delivery instead of the secret: the delivery is stored, the secret must not be."""
    return pseudonym(pseudonym_key, "callback", account, presented)


def callback_hook(
    pseudonym_key: bytes,
    accounts: Mapping[str, PhoneAccountSettings],
    called: str,
    media_types: tuple[str, ...],
    answers: Mapping[Vendor, Answer],
    kept_query: tuple[str, ...] = (),
) -> Hook | None:
    """How the account `called` in a path is called; None when there is none, or it is switched off.

    What is kept of a call is the proof of its secret and the query parameters of `kept_query`.
    """
    account, in_path = _addressed(accounts, called)
    settings = accounts.get(account)
    if settings is None or not settings.enabled or (settings.presented == "path") is (in_path is None):
        return None

    def kept(presented: Evidence) -> Evidence:
        names = (WHOLE_QUERY + name for name in kept_query)
        found = {name: presented[name] for name in names if name in presented}
        secret = in_path if in_path is not None else _presented(settings, presented)
        if secret is not None:
            found[PROOF_HEADER] = callback_proof(pseudonym_key, account, secret)
        if settings.networks:
            found[ADDRESS_HEADER] = presented.get(CALLER, "")
        return found

    return Hook(
        media_types,
        headers=("Authorization",) if settings.presented == "basic" else (),
        query=(*((settings.key_parameter,) if settings.presented == "query" else ()), *kept_query),
        kept=kept,
        answer=answers[vendor_of(settings)],
        account=account,
    )


def check(inbound: Inbound, settings: PhoneAccountSettings | None, pseudonym_key: bytes) -> PhoneAccountSettings:
    """Return the account a delivery is genuine for, comparing in constant time. Raises `NotGenuine`."""
    given = inbound.headers.get(PROOF_HEADER, "").encode(errors="replace")
    secrets = [one.get_secret_value() for one in settings.secrets.values()] if settings else [""]
    proofs = [callback_proof(pseudonym_key, inbound.account, secret).encode() for secret in secrets]
    matches = [hmac.compare_digest(given, proof) for proof in proofs]
    if settings is None or not any(matches):
        raise NotGenuine("phone: the secret of the callback is missing or wrong")
    if settings.networks and not _listed(inbound.headers.get(ADDRESS_HEADER, ""), settings.networks):
        raise NotGenuine("phone: the caller is in no network of the account")
    return settings


def _addressed(accounts: Mapping[str, PhoneAccountSettings], called: str) -> tuple[str, str | None]:
    """The account in a path, and the secret behind it if there is one."""
    if called in accounts:
        return called, None
    account, _, secret = called.rpartition(".")
    return account, secret


def _presented(settings: PhoneAccountSettings, presented: Evidence) -> str | None:
    if settings.presented == "query":
        return presented.get(WHOLE_QUERY + settings.key_parameter)
    return _password(presented.get(AUTHORIZATION, ""))


def _password(authorization: str) -> str | None:
    """The password of HTTP basic authentication (RFC 7617); None when there is none that can be read."""
    if not authorization.lower().startswith(_BASIC):
        return None
    try:
        pair = base64.b64decode(authorization[len(_BASIC) :].strip(), validate=True).decode()
    except ValueError:
        return None
    return pair.partition(":")[2] or None


def _listed(written: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        address = ip_address(written)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in networks)
