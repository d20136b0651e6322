"""A record as it may be shown to somebody who needs no names: personal values masked, everything else as it is."""

from collections.abc import Callable, Mapping
from typing import Any

from schemas.masking import mask_address, mask_email, mask_name, mask_phone, mask_text

_AS_IT_IS = frozenset(
    {"complaint_id", "case_id", "delivery_id", "outbox_id", "attachment_id", "suspended_id", "result_id", "of"}
    | {"tracking_number", "sha256", "policy", "rule", "rule_id", "account", "object_key", "schema_version"}
)
_BY_FIELD: Mapping[str, Callable[[str], str]] = {
    "phones": mask_phone,
    "emails": mask_email,
    "address": mask_address,
    "reply_to": mask_email,
    "addresses": mask_email,
    "openid": lambda _: "***",
    "customer_no": lambda _: "***",
    "identifier": lambda _: "***",
}
_PEOPLE = ("sender", "submitted_by")


def known_values(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the sender said of himself: hidden wherever it stands in the text."""
    sender = record.get("sender") or {}
    single = [sender.get(name) for name in ("name", "address", "openid", "customer_no")]
    return tuple(value for value in (*single, *sender.get("phones", ()), *sender.get("emails", ())) if value)


def masked(record: Mapping[str, Any], known: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a JSON object with personal values masked."""
    hidden = known or known_values(record)
    return {name: _field(name, value, hidden) for name, value in record.items()}


def _field(name: str, value: Any, known: tuple[str, ...]) -> Any:
    if name in _AS_IT_IS or value is None:
        return value
    if name in _PEOPLE:
        return {key: _person(key, one, known) for key, one in value.items()}
    if name in _BY_FIELD:
        return _every(value, _BY_FIELD[name])
    if isinstance(value, Mapping):
        return masked(value, known or ("",))
    return _every(value, lambda text: mask_text(text, known), known)


def _person(name: str, value: Any, known: tuple[str, ...]) -> Any:
    if name == "name" and isinstance(value, str):
        return mask_name(value)
    if name == "proofs":
        return {mask_text(who, known): how for who, how in value.items()}
    return _field(name, value, known)


def _every(value: Any, mask: Callable[[str], str], known: tuple[str, ...] = ()) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return masked(value, known or ("",))
    if isinstance(value, list | tuple):
        return [_every(one, mask, known) for one in value]
    return value
