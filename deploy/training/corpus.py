"""The labelled messages of the project: those a model is made from, and the frozen part it is judged on.

The parts are split by writer's voice: no voice of the frozen part has a text in the training part.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.training.marks import Labelled, numbered
from deploy.training.second import second_labels
from schemas.normalise import fold

DATA = Path(__file__).parent / "data"
FROZEN = DATA / "frozen"
CONCEPTS = Path(__file__).with_name("concepts.txt")
TRAINING_PARTS = tuple("abcdefghijklmnopqrst")
"""One folder a writer."""


@dataclass(frozen=True, slots=True)
class Example:
    """A message as the training sees it: the folded text that the model reads, and what is right.

    `name` is file and line. A label nobody gave is None: a correction need not say how dissatisfied somebody is.
    `by_second` are the categories that a second person named, blindly.
    """

    name: str
    text: str
    folded: str
    voice: str
    source: str
    kind: str
    primary: str
    secondary: tuple[str, ...]
    safety: bool
    dissatisfaction: int | None
    by_second: tuple[str, ...] = ()

    @property
    def categories(self) -> frozenset[str]:
        """Every category it is about, as anybody sees it who labelled it."""
        return frozenset((self.primary, *self.secondary, *self.by_second))

    @property
    def place(self) -> str:
        """File and line, without the part."""
        return self.name.rpartition("/")[2]


def training(folder: Path = DATA) -> list[Example]:
    """What models are made from, in the order of files and lines. Raises `LabelError`.

    A greeting that somebody wrote in the frozen part too, word for word, is left out here.
    """
    judged = {example.folded for example in frozen(folder / FROZEN.name)}
    return [example for part in TRAINING_PARTS for example in _of(folder / part) if example.folded not in judged]


def frozen(folder: Path = FROZEN) -> list[Example]:
    """What models are judged on; nothing is ever trained or tuned on it. Raises `LabelError`.

    The first labels are right; the label set of a message holds the categories of the second person too.
    """
    second = second_labels()
    return [replace(one, by_second=second[one.place].categories) if one.place in second else one for one in _of(folder)]


def corrections(path: Path) -> list[Example]:
    """What people said of real complaints, `{"text","kind","primary","secondary","safety",…}` a line.

    Raises ValueError or KeyError for a line that is no such object.
    """
    return [
        _correction(path, number, line) for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    ]


def digest(examples: Iterable[Example], recipe: str) -> str:
    """A name of exactly these examples, made by this recipe with these concepts."""
    one = hashlib.sha256(recipe.encode() + CONCEPTS.read_bytes())
    for example in examples:
        one.update(repr(example).encode())
    return one.hexdigest()[:12]


def _of(folder: Path) -> Iterator[Example]:
    for path in sorted(folder.glob("*.tsv")):
        for number, message in numbered(path):
            yield _example(f"{path.parent.name}/{path.name}:{number}", message)


def _example(name: str, message: Labelled) -> Example:
    return Example(
        name=name,
        text=message.text,
        folded=fold(message.text).text,
        voice=message.voice,
        source=message.source,
        kind=message.kind,
        primary=message.primary,
        secondary=message.secondary,
        safety=message.safety,
        dissatisfaction=message.dissatisfaction,
    )


def _correction(path: Path, number: int, line: str) -> Example:
    said = json.loads(line)
    text = "\n".join(filter(None, (said.get("subject"), said["text"])))
    return Example(
        name=f"{path.name}:{number}",
        text=text,
        folded=fold(text).text,
        voice=f"correction-{number}",
        source=said.get("drawn_by", ""),
        kind=said["kind"],
        primary=said["primary"],
        secondary=tuple(said.get("secondary", ())),
        safety=bool(said["safety"]),
        dissatisfaction=said.get("dissatisfaction"),
    )
