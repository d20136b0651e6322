"""The form of a text that the model reads: folded, its first characters, every mark that says nothing a blank.

One character for one, and a blank before and behind: what the model finds at p stands at p - 1 of the folded text.
"""

import re

MOST_CHARS = 600
"""The model reads the beginning of a text; what a complaint is about stands there."""

NORMALISER = "fold-1"
"""Name of this form: a model trained on another one is refused."""

_SAYS_NOTHING = re.compile(r"[^\w?!%¥$+\u2600-\u27bf\U0001f300-\U0001faff]")
"""Everything but letters, figures, a few marks and pictures."""


def shape(folded: str) -> str:
    """The form the model reads of a folded text."""
    return f" {_SAYS_NOTHING.sub(' ', folded[:MOST_CHARS])} "
