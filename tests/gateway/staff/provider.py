"""An identity provider of the tests: it signs in whom the test names, and is as strict as the standard asks."""

import hashlib
import secrets
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from schemas.settings.staff import OidcSettings

ISSUER = "https://id.example"
SETTINGS = OidcSettings(
    issuer=ISSUER,
    client_id="intake",
    client_secret=SecretStr("client secret"),
    roles={"cs-operators": "operator", "cs-admins": "admin"},
    label="企业账号",
)
_KEY = RSAKey.generate_key(2048, {"kid": "k1"})


@dataclass
class IdentityProvider:
    """`person` are the claims of whoever signs in; `claims` replace what the id token would say, None leaves out."""

    now: float
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1", "groups": ["cs-operators"]})
    claims: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: _KEY)
    alg: str = "RS256"
    issuer: str = ISSUER
    away: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def transport(self) -> httpx.MockTransport:
        """The way our gateway calls it."""
        return httpx.MockTransport(self._answer)

    def sign_in(self, address: str) -> str:
        """The person signs in at the page we sent the browser to; where it sends the browser back to."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        code = secrets.token_urlsafe(12)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ConnectError("away")
        if request.url.path == "/.well-known/openid-configuration":
            places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            found = {name: f"{ISSUER}/{path}" for name, path in places.items()}
            return httpx.Response(200, json=found | {"issuer": self.issuer})
        if request.url.path == "/keys":
            return httpx.Response(200, json={"keys": [_KEY.as_dict(private=False)]})
        return self._token(request)

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = {name: value for name, [value] in parse_qs(request.content.decode()).items()}
        asked = self.codes.pop(form["code"], None)
        challenge = urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        basic = b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        if (
            asked is None
            or (asked["code_challenge"], asked["redirect_uri"]) != (challenge, form["redirect_uri"])
            or basic != "intake:client+secret"
        ):
            return httpx.Response(400, json={"error": "invalid_grant"})
        claims = {"iss": ISSUER, "aud": "intake", "iat": int(self.now), "exp": int(self.now) + 300}
        claims |= {"nonce": asked["nonce"]} | self.person | self.claims
        said = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode({"alg": self.alg, "kid": "k1"}, said, self.key, algorithms=[self.alg])
        return httpx.Response(200, json={"id_token": token, "access_token": "a", "token_type": "Bearer"})
