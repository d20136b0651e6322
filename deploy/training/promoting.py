"""Whether a candidate may replace the model in use, and the folder of the last three models."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from workers.classify.model.files import CURRENT

MOST_FALL = 0.02
"""A candidate none of whose classes falls by more is promoted."""

KEPT = 3
HISTORY = "history"


def fallen(before: Mapping[str, float], after: Mapping[str, float]) -> list[str]:
    """The classes that lose more than `MOST_FALL`, with both figures; a class that is gone has lost all."""
    return [
        f"{name}: {value:.3f} before, {after.get(name, 0.0):.3f} now"
        for name, value in before.items()
        if value - after.get(name, 0.0) > MOST_FALL
    ]


def promote(candidate: Path, models: Path) -> list[str]:
    """Put a candidate in use and forget all but the last `KEPT`; returns the versions kept, oldest first.

    The model is there in full before `current` names it, so that a reader never finds half of one.
    """
    version = candidate.name
    if (models / version).exists():
        shutil.rmtree(models / version)
    shutil.copytree(candidate, models / version)
    kept = [*(name for name in _history(models) if name != version), version][-KEPT:]
    _put(models / CURRENT, [version])
    _put(models / HISTORY, kept)
    for folder in models.iterdir():
        if folder.is_dir() and folder.name not in kept:
            shutil.rmtree(folder)
    return kept


def _history(models: Path) -> Sequence[str]:
    path = models / HISTORY
    return path.read_text(encoding="ascii").split() if path.exists() else []


def _put(path: Path, lines: Sequence[str]) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
    fresh.replace(path)
