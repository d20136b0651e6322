"""What a QR code in a store says: a signed place that fills the form, and the code's own id."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

from schemas.identity import content_hash
from schemas.tokens import TokenKeys, sign, verify

PURPOSE = "place"
_FIELDS = ("store", "counter", "product")
_ID = "id"
_ESCAPED = {ord(char): f"%{ord(char):02X}" for char in "%&+=;# "}
"""Only what would end a value: a code of Han characters in full escapes would need three times the squares."""


@dataclass(frozen=True, slots=True)
class PlaceCode:
    """What was read from a code. One without an id of its own is known by its content."""

    code_id: str
    place: dict[str, str]


def place_code(keys: TokenKeys, place: Mapping[str, str], code_id: str | None = None) -> str:
    """The code for a place (`store`, `counter`, `product`); it lives as long as its key is kept."""
    pairs = [(_ID, code_id)] if code_id else []
    pairs += [(name, place[name]) for name in _FIELDS if place.get(name)]
    return sign(keys, PURPOSE, "&".join(f"{name}={value.translate(_ESCAPED)}" for name, value in pairs))


def read_place(keys: TokenKeys, code: str, now: datetime) -> PlaceCode:
    """The place of a code. Raises `NotGenuine` for a code we did not make."""
    fields = dict(parse_qsl(verify(keys, PURPOSE, code, now)))
    place = {name: fields[name] for name in _FIELDS if name in fields}
    return PlaceCode(fields.get(_ID) or content_hash(code)[:12], place)
