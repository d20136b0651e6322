"""What a scanned code does: the place it fills in, unless it is revoked or asked for too often."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.limits import RateLimit
from gateway.pages.place import PlaceCode, read_place
from gateway.parts import GatewayParts
from schemas.errors import NotGenuine, TooMany

LEFT_OUT = "place-left-out"
"""Warning of a complaint: its code's place was not believed."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The form a code opens: with its place, or plain with a notice (a key of the texts)."""

    place: Mapping[str, str] = field(default_factory=dict)
    notice: str | None = None


def opened(parts: GatewayParts, code: str) -> Opened:
    """Look at a code somebody scanned."""
    try:
        read = read_place(parts.token_keys, code, parts.now())
    except NotGenuine:
        return Opened(notice="notice.code")
    if parts.revoked.has(read.code_id, parts.now()):
        return Opened(notice="notice.code")
    if not _within(parts.qr_opened, read):
        return Opened(notice="notice.code.busy")
    return Opened(read.place)


def posted(parts: GatewayParts, code: str | None, typed: Mapping[str, str]) -> dict[str, str]:
    """What the delivery of a sent form says about its code; the complaint is taken in any case."""
    try:
        read = read_place(parts.token_keys, code, parts.now()) if code else None
    except NotGenuine:
        read = None
    if read is None:
        return {"entry": "form"}
    if not parts.revoked.has(read.code_id, parts.now()) and _within(parts.qr_posts, read):
        return {"entry": "qr"}
    filled_in = [name for name, value in read.place.items() if typed.get(name, "").strip() == value]
    return {"entry": "form", "left_out": " ".join(filled_in), "warning": LEFT_OUT}


def _within(limit: RateLimit, read: PlaceCode) -> bool:
    try:
        limit.take(read.code_id)
    except TooMany:
        return False
    return True
