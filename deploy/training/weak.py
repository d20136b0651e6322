"""What the words of the default pack say, as weak examples: plain words the labelled texts are too varied to hold."""

from typing import NamedTuple

from schemas.normalise import fold
from schemas.policy import load_pack


class Weak(NamedTuple):
    """A word of the pack and the class it speaks for."""

    folded: str
    label: str


def categories() -> list[Weak]:
    """Each named defect with its category."""
    return [
        Weak(fold(term).text, category.code) for category in load_pack().categories for term in category.terms.defects
    ]


def kinds() -> list[Weak]:
    """The words of each kind, and each named defect as a complaint."""
    told = [Weak(fold(term).text, kind.code) for kind in load_pack().kinds for term in kind.terms]
    return told + [Weak(one.folded, "complaint") for one in categories()]
