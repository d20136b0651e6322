"""What a text says of somebody's safety: the signs that alarm people, whoever finds them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Sign(NamedTuple):
    """One reason to fear that somebody was or may be harmed. The span is half-open in the text, None in the subject."""

    rule: str
    reason: str
    category: str | None = None
    start: int | None = None
    end: int | None = None


SafetySense = Callable[[str | None, str], Sequence[Sign]]
"""Subject and text of a message → its signs, none when it names no danger. Pure, and never fails."""
