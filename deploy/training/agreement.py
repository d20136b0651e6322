"""How well two people agree on the same texts: Cohen's kappa of the first labels and a second blind labelling."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sklearn.metrics import cohen_kappa_score

from deploy.training.corpus import SECOND, Example

_COLUMNS = 6
_LABELS = ("kind", "primary", "safety", "dissatisfaction")


def kappas(examples: Sequence[Example], folder: Path = SECOND) -> Mapping[str, float] | None:
    """Kappa of each label over the texts that were labelled twice; None where nobody has done so yet.

    A second label names its text by file and line (`01.tsv:7`). Raises ValueError for a line that is no such row.
    """
    second = dict(row for path in sorted(folder.glob("*.tsv")) for row in _rows(path))
    both = [(_labels(one), second[name]) for one in examples if (name := one.name.rpartition("/")[2]) in second]
    if not both:
        return None
    found = {"texts": float(len(both))}
    for place, label in enumerate(_LABELS):
        found[label] = float(cohen_kappa_score([one[place] for one, _ in both], [other[place] for _, other in both]))
    return found


def _labels(example: Example) -> tuple[str, ...]:
    return example.kind, example.primary, str(int(example.safety)), str(example.dissatisfaction)


def _rows(path: Path) -> list[tuple[str, tuple[str, ...]]]:
    rows: list[tuple[str, tuple[str, ...]]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line and not line.startswith("#"):
            columns = line.split("\t")
            if len(columns) != _COLUMNS:
                raise ValueError(f"{path}:{number}: {len(columns)} columns, write id and five labels with tabs")
            name, kind, primary, _, safety, dissatisfaction = columns
            rows.append((name, (kind, primary, safety, dissatisfaction)))
    return rows
