"""Reads a model from its folder: JSON, a list of patterns, arrays. Nothing in it is ever executed.

`manifest.json` has the SHA-256 of every file; a file is looked at only after its sum and size are right. No pickles.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from pydantic import ValidationError

from schemas.errors import ModelUnusable
from workers.classify.model.describing import Description
from workers.classify.model.reading import Layer, Patterns, TextModel
from workers.classify.model.shaping import NORMALISER

FORMAT = 2
"""The form models are written in: weights of one byte, and a layer above their sums."""

CURRENT = "current"
MANIFEST = "manifest.json"
_WITHOUT_LAYER = ("model.json", "patterns.txt", "idf.npy", "weights.npy", "bias.npy")
FILES = (*_WITHOUT_LAYER, "offset.npy", "layer.npy")
_FILES_OF = {1: _WITHOUT_LAYER, FORMAT: FILES}
"""Older models stay readable: one of the last three may be put in use again."""

MOST_BYTES = 5 * 1024 * 1024
"""Of all files of a model together."""

_DTYPES = ("|i1", "<f2", "<f4")


def models_folder() -> Path:
    """Where the models that ship with the product lie, one folder each."""
    return Path(__file__).parents[1] / "models"


def load_current(folder: Path | None = None) -> TextModel | None:
    """The model that the file `current` names; None where there is no such file. Raises `ModelUnusable`."""
    folder = folder or models_folder()
    named = folder / CURRENT
    if not named.exists():
        return None
    version = named.read_text(encoding="ascii").strip()
    if not version or Path(version).name != version:
        raise ModelUnusable(f"{named} must hold the name of one folder beside it, and nothing else")
    return load_model(folder / version)


def load_model(folder: Path) -> TextModel:
    """Read a model. Raises `ModelUnusable` naming the file and what is wrong with it."""
    found = _checked(folder)
    try:
        description = Description.model_validate_json(found["model.json"])
    except ValidationError as error:
        raise ModelUnusable(f"{folder}/model.json: {error.errors(include_url=False)[0]['msg']}") from error
    files = _FILES_OF.get(description.format)
    if files is None or not found.keys() >= set(files) or description.normaliser != NORMALISER:
        raise ModelUnusable(
            f"{folder}/model.json is of format {description.format} for {description.normaliser}, this version reads"
            f" format {FORMAT} for {NORMALISER}: train it anew with `make train`"
        )
    arrays = {name: _array(folder / name, found[name]) for name in files if name.endswith(".npy")}
    classes = sum(len(head.classes) for head in description.heads.values())
    if not _fit(arrays, classes):
        raise ModelUnusable(f"{folder}: the arrays do not fit each other or the {classes} classes of model.json")
    idf, weights, bias = (arrays[name] for name in ("idf.npy", "weights.npy", "bias.npy"))
    patterns = _patterns(folder / "patterns.txt", found["patterns.txt"], len(idf))
    layer = Layer(arrays["offset.npy"], arrays["layer.npy"]) if "layer.npy" in arrays else None
    digest = hashlib.sha256(found[MANIFEST]).hexdigest()[:8]
    return TextModel(description, f"{description.version}+{digest}", patterns, idf, weights, bias, layer)


def _fit(arrays: Mapping[str, NDArray[Any]], classes: int) -> bool:
    """Whether there is a row of weights for each feature and a column for each hidden sum or else class."""
    features, columns = arrays["idf.npy"].shape, (classes,)
    if "layer.npy" in arrays:
        columns = arrays["offset.npy"].shape
        if arrays["layer.npy"].shape != (*columns, classes):
            return False
    return (
        len(features) == 1
        and arrays["weights.npy"].shape == (*features, *columns)
        and arrays["bias.npy"].shape == (classes,)
    )


def _checked(folder: Path) -> dict[str, bytes]:
    """The bytes of every file, after size and SHA-256 were found right."""
    found = {MANIFEST: _bytes(folder / MANIFEST, MOST_BYTES)}
    try:
        sums = json.loads(found[MANIFEST])["sha256"]
        wanted = {name: str(sums[name]) for name in (FILES if FILES[-1] in sums else _WITHOUT_LAYER)}
    except (ValueError, KeyError, TypeError) as error:
        raise ModelUnusable(f"{folder / MANIFEST} does not give the SHA-256 of {', '.join(FILES)}") from error
    left = MOST_BYTES
    for name, digest in wanted.items():
        found[name] = _bytes(folder / name, left)
        left -= len(found[name])
        if hashlib.sha256(found[name]).hexdigest() != digest:
            raise ModelUnusable(f"{folder / name} is not what {MANIFEST} says (SHA-256): copy the model anew")
    return found


def _bytes(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise ModelUnusable(f"{path} cannot be read ({type(error).__name__})") from error
    if len(content) > most:
        raise ModelUnusable(f"{path}: a model may have {MOST_BYTES} bytes in all files together")
    return content


def _array(path: Path, content: bytes) -> NDArray[Any]:
    """An array as its header describes it, bytes as they are, all other numbers in four bytes.

    Nothing is allocated before header and length agree.
    """
    stream = io.BytesIO(content)
    try:
        npy.read_magic(stream)
        shape, by_columns, dtype = npy.read_array_header_1_0(stream)
    except ValueError as error:
        raise ModelUnusable(f"{path} is no array file") from error
    if by_columns or dtype.str not in _DTYPES or not 1 <= len(shape) <= 2:
        raise ModelUnusable(f"{path} must hold rows of {' or '.join(_DTYPES)}")
    values = content[stream.tell() :]
    rows, columns = shape[0], shape[1] if len(shape) > 1 else 1
    if rows * columns * dtype.itemsize != len(values):
        raise ModelUnusable(f"{path} is not as long as its header says")
    array: NDArray[Any] = np.frombuffer(values, dtype).reshape(shape)
    if not np.isfinite(array).all():
        raise ModelUnusable(f"{path} holds values that are no numbers")
    return array if dtype.itemsize == 1 else array.astype(np.float32)


def _patterns(path: Path, content: bytes, features: int) -> Patterns:
    """The n-grams, one a line, an empty line, then each word with a tab and the numbers of its concepts with commas."""
    try:
        grams, empty, words = content.decode().partition("\n\n")
        terms = grams.split("\n")
        count = len(terms)
        places = dict(zip(terms, range(count), strict=True)) if empty else {}
        concepts: dict[int, tuple[int, ...]] = {}
        for line in words.splitlines():
            term, _, numbers = line.partition("\t")
            if term not in places:
                places[term] = len(terms)
                terms.append(term)
            concepts[places[term]] = tuple(map(int, numbers.split(",")))
    except ValueError as error:
        raise ModelUnusable(f"{path}: write n-grams, an empty line, words with tab and numbers") from error
    if not all(terms) or len(places) != len(terms):
        raise ModelUnusable(f"{path}: a pattern is empty or stands there twice")
    if count > features or not all(count <= one < features for numbers in concepts.values() for one in numbers):
        raise ModelUnusable(f"{path}: a pattern belongs to none of the {features} features")
    return Patterns(terms, count, concepts)
