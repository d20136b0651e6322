"""The callback addresses vendors push to, and what protects them.

Neither Aliyun nor Tencent documents a signature on pushed replies (help.aliyun.com/document_detail/101847.html,
tencentcloud.com/document/api/382/43548, read 2026-11-22): a secret in the path or query of the address we register
with the vendor is the protection, and optionally the vendor's source networks. Neither publishes those networks, so
they are a setting without a default.
"""

import hmac
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address

from pydantic import SecretStr

from schemas.errors import NotGenuine, SettingsInvalid
from schemas.identity import pseudonym
from schemas.inbound import Inbound

PROOF_HEADER = "sms-callback-proof"
"""In a delivery's `headers`: what `callback_proof` made of the secret the caller presented."""
ADDRESS_HEADER = "sms-caller-address"
"""In a delivery's `headers`: the network address of the caller; needed only where an account lists networks."""
MIN_SECRET_CHARS = 16


class Vendor(StrEnum):
    """Whose layout an account's deliveries have."""

    ALIYUN = "aliyun"
    TENCENT = "tencent"


@dataclass(frozen=True, slots=True)
class CallbackAccount:
    """One registered callback address. Raises `SettingsInvalid` when it would be open to everybody.

    Several secrets are for rotation: keep a retired one while deliveries that came with it may be read again.
    """

    vendor: Vendor
    secrets: tuple[SecretStr, ...]
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def __post_init__(self) -> None:
        if not self.secrets or any(len(one.get_secret_value()) < MIN_SECRET_CHARS for one in self.secrets):
            raise SettingsInvalid(f"an SMS callback needs secrets of at least {MIN_SECRET_CHARS} characters")


def callback_proof(pseudonym_key: bytes, account: str, presented: str) -> str:
    """What travels with a delivery instead of the secret: the delivery is stored, the secret must not be."""
    return pseudonym(pseudonym_key, "sms-callback", account, presented)


def check(inbound: Inbound, account: CallbackAccount | None, pseudonym_key: bytes) -> CallbackAccount:
    """Return the account a delivery is genuine for, comparing in constant time. Raises `NotGenuine`."""
    given = inbound.headers.get(PROOF_HEADER, "").encode(errors="replace")
    secrets = [one.get_secret_value() for one in account.secrets] if account else [""]
    proofs = [callback_proof(pseudonym_key, inbound.account, secret).encode() for secret in secrets]
    matches = [hmac.compare_digest(given, proof) for proof in proofs]
    if account is None or not any(matches):
        raise NotGenuine("the secret of the SMS callback is missing or wrong")
    if account.networks and not _listed(inbound.headers.get(ADDRESS_HEADER, ""), account.networks):
        raise NotGenuine("the caller of the SMS callback is in no network of the account")
    return account


def _listed(written: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        address = ip_address(written)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in networks)
