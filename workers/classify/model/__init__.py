"""The text model: character n-grams and words of one meaning, found by one automaton, weighed for several heads."""

from workers.classify.model.describing import Blend, Description, Head
from workers.classify.model.files import load_current, load_model, models_folder
from workers.classify.model.reading import Reading, TextModel
from workers.classify.model.shaping import MOST_CHARS, shape

__all__ = [
    "MOST_CHARS",
    "Blend",
    "Description",
    "Head",
    "Reading",
    "TextModel",
    "load_current",
    "load_model",
    "models_folder",
    "shape",
]
