"""Writes a model into a folder, in the one form the product reads; the same model always gives the same bytes."""

import hashlib
import json
from pathlib import Path

import numpy as np

from deploy.training.fitting import Fitted
from workers.classify.model import Description
from workers.classify.model.files import FILES, MANIFEST


def write(folder: Path, description: Description, fitted: Fitted) -> None:
    """Write all files of a model; the manifest last, so that half a model is none."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.json").write_text(description.model_dump_json(indent=2) + "\n", encoding="utf-8")
    patterns = fitted.patterns
    lines = [*patterns.terms[: patterns.grams], ""]
    lines += (f"{patterns.terms[place]}\t{','.join(map(str, of))}" for place, of in patterns.concepts.items())
    (folder / "patterns.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    np.save(folder / "idf.npy", fitted.idf.astype("<f4"), allow_pickle=False)
    np.save(folder / "weights.npy", fitted.weights, allow_pickle=False)
    np.save(folder / "offset.npy", fitted.layer.offset.astype("<f4"), allow_pickle=False)
    np.save(folder / "layer.npy", fitted.layer.outer.astype("<f4"), allow_pickle=False)
    np.save(folder / "bias.npy", fitted.bias.astype("<f4"), allow_pickle=False)
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    (folder / MANIFEST).write_text(json.dumps({"sha256": sums}, indent=2) + "\n", encoding="utf-8")
