"""Referrals as JSON: one object, a list, or an object with a list; names of ours or the authority's own words.

An object inside a referral lends its name to what is in it: `{"complainant": {"name": …}}` is `complainant_name`.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any

from connectors.regulator_12315.fields import Referred, field_of, gathered
from connectors.regulator_12315.numbers import MAX_EXACT
from schemas.errors import PayloadRejected, Reason
from schemas.inbound import UploadedFile
from schemas.settings import RegulatorSettings

_LISTS = ("referrals", "items", "data", "list", "rows")
_FILES = ("attachments", "files", "附件")
_MAX_DEPTH = 4
_MAX_FIELDS = 200
_MAX_FILES = 20


def read_push(body: bytes, limits: RegulatorSettings) -> list[Referred]:
    """Read a body. Raises `PayloadRejected`, which never says what stood in it."""
    found = _objects(_json(body))
    if not found:
        raise PayloadRejected(Reason.UNREADABLE, "neither a referral nor a list of referrals")
    if len(found) > limits.max_items:
        raise PayloadRejected(Reason.TOO_LARGE, f"more than {limits.max_items} referrals in one push")
    return [_referred(one, limits) if isinstance(one, dict) else Referred({}) for one in found]


def _json(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise PayloadRejected(Reason.UNREADABLE, "the body is not JSON in UTF-8") from error


def _objects(given: Any) -> list[Any]:
    if isinstance(given, list):
        return given
    if not isinstance(given, dict):
        return []
    for name in _LISTS:
        if isinstance(given.get(name), list):
            return list(given[name])
        if isinstance(given.get(name), dict):
            return [given[name]]
    return [given] if given else []


def _referred(given: dict[str, Any], limits: RegulatorSettings) -> Referred:
    pairs: list[tuple[str, str]] = []
    lost: set[str] = set()
    for label, value in _flat({name: one for name, one in given.items() if name not in _FILES}):
        name = field_of(label)
        if isinstance(value, float) and abs(value) >= MAX_EXACT:
            lost.add(name or label)
            continue
        if text := _text(value).strip():
            pairs.append((name or label[:60], text))
    fields, others = gathered(pairs)
    too_long = any(len(value) > limits.max_cell_chars for _, value in pairs)
    files = tuple(_files(next((given[name] for name in _FILES if name in given), ())))
    return Referred(fields, others, hint=_hint(given, fields), lost=frozenset(lost), files=files, too_long=too_long)


def _hint(given: dict[str, Any], fields: dict[str, str]) -> str:
    """The names say the kind where no field does."""
    return "" if "kind" in fields else " ".join(given)[:400]


def _flat(given: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The values of an object with their names, at most so many and so deep; deeper ones as JSON."""
    for name, value in list(given.items())[:_MAX_FIELDS]:
        label = f"{prefix}{name}"
        if isinstance(value, dict) and depth < _MAX_DEPTH:
            yield from _flat(value, f"{label}_", depth + 1)
        elif isinstance(value, list) and all(isinstance(one, str | int) for one in value):
            yield label, "\n".join(map(_text, value))
        elif value is not None:
            yield label, value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except ValueError:  # an integer with more digits than Python prints
        return ""


def _files(given: Any) -> Iterator[UploadedFile]:
    """Files as Base64; one that cannot be decoded is given with no bytes, so that somebody is told."""
    for one in given[:_MAX_FILES] if isinstance(given, list) else ():
        if not isinstance(one, dict):
            continue
        encoded = one.get("content_base64", one.get("content"))
        try:
            content = base64.b64decode(encoded, validate=True) if isinstance(encoded, str) else b""
        except (binascii.Error, ValueError):
            content = b""
        media_type = one.get("media_type")
        yield UploadedFile(
            str(one.get("name", ""))[:200],
            media_type if isinstance(media_type, str) else "application/octet-stream",
            content,
        )


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
