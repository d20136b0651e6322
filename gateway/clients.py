"""Who calls: the network address as far as it can be believed, and the API client behind a bearer token."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from pydantic import SecretStr
from starlette.requests import Request

from gateway.problems import Unauthorized
from schemas.identity import pseudonym
from schemas.settings import GatewaySettings

_IPV6_SITE_BITS = 64
_NAMES_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Client:
    """One caller. `name` is stable and holds no personal data; `scopes` are what its token allows."""

    name: str
    scopes: tuple[str, ...] = ()


class Clients:
    """Recognises callers. A caller without a token is known by the pseudonym of its address."""

    def __init__(self, settings: GatewaySettings, pseudonym_key: bytes) -> None:
        self._tokens: Mapping[str, SecretStr] = settings.api_clients
        self._scopes = settings.api_scopes
        self._proxies = settings.trusted_proxies
        self._pseudonym_key = pseudonym_key
        self._named = lru_cache(maxsize=_NAMES_KEPT)(self._name)

    def address(self, request: Request) -> str:
        """The caller's network address, see `client_address`; for evidence, never for a log or a name."""
        peer = request.client.host if request.client else ""
        return client_address(peer, request.headers.getlist("x-forwarded-for"), self._proxies)

    def by_address(self, request: Request) -> Client:
        """The caller by its address; a site's /64 counts as one address of IPv6."""
        peer = request.client.host if request.client else ""
        return Client(self._named(peer, tuple(request.headers.getlist("x-forwarded-for"))))

    def _name(self, peer: str, forwarded_for: tuple[str, ...]) -> str:
        address = client_address(peer, forwarded_for, self._proxies)
        return f"address:{pseudonym(self._pseudonym_key, 'address', address)}"

    def by_token(self, request: Request) -> Client | None:
        """The caller by its bearer token, None without an Authorization header. Raises `Unauthorized`."""
        given = request.headers.get("authorization")
        if given is None:
            return None
        scheme, _, token = given.partition(" ")
        known = [
            name
            for name, secret in self._tokens.items()
            if hmac.compare_digest(secret.get_secret_value().encode(), token.strip().encode())
        ]
        if scheme.lower() != "bearer" or not known:
            raise Unauthorized("use a token of INTAKE_GATEWAY__API_CLIENTS, or none")
        return Client(known[0], self._scopes.get(known[0], ()))


def client_address(peer: str, forwarded_for: Sequence[str], trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    """The caller's address: the last one in X-Forwarded-For that no trusted proxy of ours has.

    Entries are believed from the right and only while the one that added them is trusted.
    """
    address = _address(peer)
    if address is None:
        return peer
    hops = [hop.strip() for line in forwarded_for for hop in line.split(",")]
    while hops and any(address in network for network in trusted):
        before = _address(hops.pop())
        if before is None:
            break
        address = before
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, _IPV6_SITE_BITS), strict=False).network_address)
    return str(address)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
