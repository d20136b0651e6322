"""Reads the body of a post into the fields of a complaint request: JSON as it is, form fields by their names."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from connectors.web.errors import FieldError, InvalidFields, Malformed
from schemas.base import storable

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"
MAX_FORM_FIELDS = 100

_PLACES: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "subject": ("subject",),
    "language": ("language",),
    "name": ("sender", "name"),
    "address": ("sender", "address"),
    "notice_version": ("privacy", "notice_version"),
    "store": ("stated", "store"),
    "counter": ("stated", "counter"),
    "product": ("stated", "product"),
    "model": ("stated", "model"),
    "order_no": ("stated", "order_no"),
    "batch_no": ("stated", "batch_no"),
    "quantity": ("stated", "quantity"),
    "amount": ("stated", "amount"),
    "event_date": ("stated", "event_date"),
    "salesperson": ("stated", "salesperson"),
    "desired_resolution": ("stated", "desired_resolution"),
    "category": ("stated", "category"),
}
"""Form field → place in the request. Repeated: the last counts."""
_LISTS: dict[str, tuple[str, str]] = {
    "phone": ("sender", "phones"),
    "email": ("sender", "emails"),
    "consent": ("privacy", "consents"),
}
"""Form fields that may come several times."""
FORM_FIELDS = (*_PLACES, *_LISTS, "minor_under_14")


def read_fields(body: bytes, content_type: str) -> dict[str, Any]:
    """Return the request's fields, not yet checked. Raises `Malformed`, `InvalidFields` for JSON of another shape."""
    if content_type.partition(";")[0].strip().lower() == FORM_TYPE:
        return _from_form(body)
    return _from_json(body)


def form_field(path: tuple[str | int, ...]) -> str:
    """The form field that leads to a place in the request; the place's last name when there is none."""
    names = tuple(part for part in path if isinstance(part, str))
    places: dict[tuple[str, ...], str] = {place: name for name, place in (_PLACES | _LISTS).items()}
    return places.get(names, names[-1] if names else "text")


def cleaned(value: Any) -> Any:
    """Replace what cannot be stored (NUL, lone surrogates) in all strings of a JSON value. Raises `Malformed`."""
    try:
        return _cleaned(value)
    except RecursionError as error:
        raise Malformed("the body is nested too deeply") from error


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(key): _cleaned(inner) for key, inner in value.items()}
    return [_cleaned(inner) for inner in value] if isinstance(value, list) else value


def canonical(fields: dict[str, Any]) -> str:
    """The fields as one text that is the same for the same content, whatever the order and spacing they came in."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"))


def _from_json(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed("the body is not readable as JSON in UTF-8") from error
    if not isinstance(fields, dict):
        raise InvalidFields([FieldError((), "invalid", "must be a JSON object")])
    return fields


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _from_form(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(body.decode(), max_num_fields=MAX_FORM_FIELDS, errors="strict")
    except ValueError as error:
        raise Malformed("the form fields are not readable as UTF-8, or too many") from error
    return _nested((name, text.strip()) for name, text in pairs)


def _nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, text in pairs:
        if not text:
            continue
        if name in _LISTS:
            group, inner = _LISTS[name]
            fields.setdefault(group, {}).setdefault(inner, []).append(text)
        elif name == "minor_under_14":
            fields.setdefault("privacy", {})[name] = True
        elif name in _PLACES:
            *group_names, last = _PLACES[name]
            target = fields.setdefault(group_names[0], {}) if group_names else fields
            target[last] = text
    return fields
