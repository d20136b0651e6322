"""Second, blind labels of the frozen messages: by somebody who saw neither the first ones nor what the product says."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SECOND = Path(__file__).parent / "data" / "frozen-second"
_COLUMNS = 6


@dataclass(frozen=True, slots=True)
class Second:
    """What the second person said of one message."""

    kind: str
    primary: str
    secondary: tuple[str, ...]
    safety: bool
    dissatisfaction: int

    @property
    def categories(self) -> tuple[str, ...]:
        """Every category that person named."""
        return (self.primary, *self.secondary)


def second_labels(folder: Path = SECOND) -> Mapping[str, Second]:
    """File and line of a message (`01.tsv:7`) → its second labels; empty where nobody has labelled again.

    Raises ValueError for a line that is no such row.
    """
    return dict(row for path in sorted(folder.glob("*.tsv")) for row in _rows(path))


def _rows(path: Path) -> list[tuple[str, Second]]:
    rows: list[tuple[str, Second]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line and not line.startswith("#"):
            columns = line.split("\t")
            if len(columns) != _COLUMNS:
                raise ValueError(f"{path}:{number}: {len(columns)} columns, write id and five labels with tabs")
            name, kind, primary, secondary, safety, level = columns
            further = tuple(code for code in secondary.split(",") if code != "-")
            rows.append((name, Second(kind, primary, further, safety == "1", int(level))))
    return rows
