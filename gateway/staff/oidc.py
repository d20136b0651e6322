"""Signing in at the company's own identity provider: authorization code with PKCE, state and nonce.

Sources: OpenID Connect Core 1.0 sections 3.1.2 and 3.1.3, OpenID Connect Discovery 1.0, RFC 7636, RFC 9207, RFC 9700.
Nothing of the provider is kept between two sign-ins, so that a changed key counts at once.
"""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.staff.roles import Role
from schemas.errors import IntakeError, SettingsInvalid
from schemas.settings.staff import OidcSettings

_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "RS384", "RS512", "ES384", "ES512", "PS384", "PS512")
"""With a public key only: a client's secret must not sign for a person."""
_DISCOVERY = "/.well-known/openid-configuration"
_LONGEST = 200


class SignInRefused(IntakeError):
    """The provider's answer does not prove who it is: nobody is signed in."""

    http_status = 403


class ProviderAway(IntakeError):
    """The provider does not answer, or not with what the standard says."""

    http_status = 503


@dataclass(frozen=True, slots=True)
class Pending:
    """What is kept in the browser while it is at the provider; `target` is where it goes afterwards."""

    state: str
    nonce: str
    verifier: str
    target: str

    def packed(self) -> str:
        """As the signed cookie holds it."""
        return json.dumps(asdict(self))

    @classmethod
    def unpacked(cls, text: str) -> "Pending":
        """The same again."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says it is: `issuer` and `subject` together never change, names and roles may."""

    issuer: str
    subject: str
    name: str
    display_name: str
    roles: tuple[Role, ...]


class Oidc:
    """One provider. `redirect_uri` is where it sends browsers back; `now` the clock of its tokens."""

    def __init__(
        self,
        settings: OidcSettings,
        redirect_uri: str,
        now: Callable[[], datetime],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        unknown = sorted(set(settings.roles.values()) - {str(role) for role in Role})
        if unknown:
            raise SettingsInvalid(f"INTAKE_STAFF__OIDC__ROLES: {', '.join(unknown)} is no role: use {', '.join(Role)}")
        self._settings = settings
        self._redirect_uri = redirect_uri
        self._now = now
        self._transport = transport

    async def begin(self, target: str) -> tuple[str, Pending]:
        """Where to send the browser, and what to keep meanwhile. Raises `ProviderAway`."""
        verifier = secrets.token_urlsafe(48)
        pending = Pending(secrets.token_urlsafe(24), secrets.token_urlsafe(24), verifier, target)
        async with self._client() as client:
            endpoint = (await self._discovered(client))["authorization_endpoint"]
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": self._settings.scope,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}", pending

    async def finish(self, pending: Pending, answer: Mapping[str, str]) -> Identity:
        """Who came back with this answer (the query of the way back). Raises `SignInRefused`, `ProviderAway`."""
        if not secrets.compare_digest(pending.state.encode(), answer.get("state", "").encode(errors="replace")):
            raise SignInRefused("state: another browser's, or an old one's")
        if answer.get("iss", self._settings.issuer) != self._settings.issuer:
            raise SignInRefused("iss: of another provider")
        code = answer.get("code", "")
        if not code:
            raise SignInRefused("no code: the provider has refused")
        async with self._client() as client:
            found = await self._discovered(client)
            token = await self._exchanged(client, found["token_endpoint"], code, pending.verifier)
            keys = await self._got(client, found["jwks_uri"])
        return self._identity(self._claims(token, keys, pending.nonce))

    def _client(self) -> httpx.AsyncClient:
        timeout = self._settings.timeout.total_seconds()
        return httpx.AsyncClient(transport=self._transport, timeout=timeout, follow_redirects=False)

    async def _discovered(self, client: httpx.AsyncClient) -> Mapping[str, str]:
        """The provider's endpoints. Each must be as well protected as the issuer itself."""
        issuer = self._settings.issuer
        found = await self._got(client, issuer.rstrip("/") + _DISCOVERY)
        if found.get("issuer") != issuer:
            raise ProviderAway("the provider calls itself by another name than INTAKE_STAFF__OIDC__ISSUER")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if urlsplit(str(found.get(name, ""))).scheme not in {"https", urlsplit(issuer).scheme}:
                raise ProviderAway(f"the provider's {name} is no address that may be used")
        return {name: str(value) for name, value in found.items()}

    async def _exchanged(self, client: httpx.AsyncClient, endpoint: str, code: str, verifier: str) -> str:
        """The id token for a code, which is good once. RFC 6749 section 2.3.1: both halves are form-encoded."""
        settings = self._settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        auth = (quote_plus(settings.client_id), quote_plus(settings.client_secret.get_secret_value()))
        try:
            answer = await client.post(endpoint, data=form, auth=auth, headers={"Accept": "application/json"})
        except httpx.HTTPError as error:
            raise ProviderAway(f"the provider does not answer: {type(error).__name__}") from error
        if 400 <= answer.status_code < 500:
            raise SignInRefused("the provider does not take the code")
        token = _object(answer).get("id_token")
        if not isinstance(token, str):
            raise SignInRefused("the provider gave no id_token")
        return token

    async def _got(self, client: httpx.AsyncClient, url: str) -> dict[str, Any]:
        try:
            return _object(await client.get(url, headers={"Accept": "application/json"}))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProviderAway(f"the provider does not answer: {type(error).__name__}") from error

    def _claims(self, token: str, keys: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        settings = self._settings
        rules = jwt.JWTClaimsRegistry(
            now=int(self._now().timestamp()),
            leeway=int(settings.leeway.total_seconds()),
            iss={"essential": True, "value": settings.issuer},
            aud={"essential": True, "value": settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS).claims  # type: ignore[arg-type]
            rules.validate(claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise SignInRefused(f"id_token: {type(error).__name__}") from error
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != settings.client_id:
            raise SignInRefused("id_token: made for another client too")
        return claims

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        given = claims.get(self._settings.role_claim)
        values = given if isinstance(given, list) else [given]
        mapped = {self._settings.roles[one] for one in values if isinstance(one, str) and one in self._settings.roles}
        name = str(claims.get("preferred_username") or claims.get("email") or "")
        return Identity(
            self._settings.issuer,
            str(claims["sub"])[:_LONGEST],
            name[:_LONGEST],
            str(claims.get("name") or name)[:_LONGEST],
            tuple(role for role in Role if str(role) in mapped),
        )


def _challenge(verifier: str) -> str:
    """RFC 7636 section 4.2, S256."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json() if answer.status_code == httpx.codes.OK else None
    except ValueError as error:
        raise ProviderAway("the provider answers what nobody can read") from error
    if not isinstance(found, dict):
        raise ProviderAway(f"the provider answers {answer.status_code}")
    return found
