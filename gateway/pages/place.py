"""What a QR code in a store says: a signed place that fills the form."""

from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from schemas.tokens import TokenKeys, sign, verify

PURPOSE = "place"
_FIELDS = ("store", "counter", "product")


def place_code(keys: TokenKeys, place: dict[str, str]) -> str:
    """The code for a place (`store`, `counter`, `product`); it lives as long as its key is kept."""
    return sign(keys, PURPOSE, urlencode({name: place[name] for name in _FIELDS if name in place}))


def read_place(keys: TokenKeys, code: str, now: datetime) -> dict[str, str]:
    """The place of a code. Raises `NotGenuine` for a code we did not make."""
    return {name: text for name, text in parse_qsl(verify(keys, PURPOSE, code, now)) if name in _FIELDS}
