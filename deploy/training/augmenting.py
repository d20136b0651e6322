"""Copies of the training texts as other channels would have brought them: a transcript has no marks and no blanks."""

import re
from collections.abc import Sequence
from dataclasses import replace

from deploy.training.corpus import Example

_BETWEEN_HAN = re.compile(r"(?<![a-z])[^\w?]+(?![a-z])")


def as_transcripts(examples: Sequence[Example]) -> list[Example]:
    """The texts that have marks or blanks between Chinese characters, without them."""
    bare = [replace(example, folded=_BETWEEN_HAN.sub("", example.folded)) for example in examples]
    return [copy for copy, example in zip(bare, examples, strict=True) if copy.folded != example.folded]
