"""What was written to a customer or quoted by one, without what opens the customer's page: keys and one-time codes.

Who may read personal data may still not act as the customer.
"""

from collections.abc import Mapping
from typing import Any

from schemas.masking.contact import HIDDEN
from schemas.masking.links import hide_keys
from schemas.messages import MessageKind

_SAYS_THE_CODE = frozenset({"values", "text", "subject"})
"""Fields of a message whose kind is `code`."""


def keyless(value: Any) -> Any:
    """A JSON value with the keys of links hidden wherever they stand, and codes in the messages that carry them."""
    if isinstance(value, str):
        return hide_keys(value)
    if isinstance(value, Mapping):
        is_code = value.get("kind") == MessageKind.CODE
        return {name: HIDDEN if is_code and name in _SAYS_THE_CODE else keyless(one) for name, one in value.items()}
    return [keyless(one) for one in value] if isinstance(value, list | tuple) else value
