"""Finds the key in a link to a complaint's page: who reads it in a quoted message of ours must not open the page."""

import re
from collections.abc import Iterator

from schemas.masking.contact import HIDDEN
from schemas.masking.finding import Finding, Reading

_KEY = re.compile(r"(?<=#k=)[a-z0-9_-]{20,64}", re.IGNORECASE)


def find(reading: Reading) -> Iterator[Finding]:
    """Everything that looks like such a key."""
    if "#k=" in reading.plain:
        yield from (Finding(*found.span(), "page key", HIDDEN) for found in _KEY.finditer(reading.plain))


def hide_keys(text: str) -> str:
    """The text with such keys hidden and everything else as it is, for who may read all the rest."""
    return _KEY.sub(HIDDEN, text) if "#k=" in text.lower() else text
