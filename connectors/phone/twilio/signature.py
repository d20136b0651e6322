"""Whether a callback was signed with a secret of the account.

Source: twilio.com/docs/usage/security (X-Twilio-Signature) and the library of 9.13.0, whose `compute_signature` is used
here. Its `validate` is not: it compares with a function of its own, raises on missing signatures and on JSON without
`bodySHA256`, loses ports behind credentials, and reads %27 and ' differently from Twilio's other libraries.

What Twilio signed may differ from the URL we know by the port of the scheme and by how the query writes an apostrophe,
so each such form is tried. Twilio signs no time: what protects against replay is that a MessageSid or CallSid
identifies, and that one signature may come with one body only (`Hook.single_use`).
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from urllib.parse import parse_qs

from twilio.request_validator import HMAC_SHA1, RequestValidator, get_signature_algorithm

from connectors.phone.twilio.form import Fields

__all__ = ["SETTINGS_HEADER", "SIGNATURE_HEADER", "is_signed", "names_algorithm", "sign"]

SIGNATURE_HEADER = "X-Twilio-Signature"
SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"
_PORT = re.compile(r":[0-9]+$")
_AUTHORITY = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?]*)(?P<query>.*)", re.DOTALL)
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


def is_signed(
    url: str, content: Fields | bytes, signature: str, secrets: Sequence[str], algorithm: str = HMAC_SHA1
) -> bool:
    """Whether one of the secrets signed this. `content` is a form's parameters, or the bytes of a JSON body.

    Every form of the URL is compared with every secret, to its end and in constant time, whatever is wrong.
    """
    given = signature.strip().encode(errors="replace")
    forms = _forms(url)
    parameters = content if isinstance(content, Fields) else Fields(())
    expected = [_signature(one, form, parameters, algorithm) for one in secrets for form in forms]
    matches = [hmac.compare_digest(one, given) for one in expected]
    intact = isinstance(content, Fields) or _is_body_of(url, content)
    return any(matches) and intact


def sign(url: str, parameters: Fields, secret: str, algorithm: str = HMAC_SHA1) -> str:
    """The signature Twilio would send with a form: for what we take from its lists, to be proven when read again."""
    made: str = RequestValidator(secret).compute_signature(url, parameters, algorithm)
    return made


def names_algorithm(header: str, algorithm: str) -> bool:
    """Whether the header of the signature's settings is of the algorithm that is fixed for the account."""
    named: str = get_signature_algorithm(header)
    return named.upper() == algorithm


def _signature(secret: str, url: str, parameters: Fields, algorithm: str) -> bytes:
    try:
        return sign(url, parameters, secret, algorithm).encode()
    except (ValueError, TypeError, LookupError, AttributeError):
        return b"-"


def _is_body_of(url: str, body: bytes) -> bool:
    stated = parse_qs(url.partition("?")[2]).get("bodySHA256", [""])[0]
    return hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), stated.encode(errors="replace"))


def _forms(url: str) -> tuple[str, ...]:
    """The URL with and without port, its query's apostrophes as they are, escaped and not."""
    found = _AUTHORITY.fullmatch(url)
    if found is None:
        return (url,)
    authority, query = found["authority"], found["query"]
    bare = _PORT.sub("", authority)
    with_port = authority if authority != bare else bare + _DEFAULT_PORTS[found["scheme"]]
    queries = dict.fromkeys((query, query.replace("'", "%27"), query.replace("%27", "'")))
    return tuple(
        f"{found['scheme']}://{one}{found['path']}{written}" for one in (bare, with_port) for written in queries
    )
