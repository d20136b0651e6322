"""Cross-validation over voices: what a model says of texts of people it has never read."""

from collections.abc import Sequence

import numpy as np
from sklearn.model_selection import GroupKFold

from deploy.training.calibrating import Unseen
from deploy.training.corpus import Example
from deploy.training.fitting import HEADS, Recipe, fit
from schemas.policy import load_pack
from workers.classify.model import Blend, Description
from workers.classify.model.describing import Thresholds
from workers.classify.model.files import FORMAT
from workers.classify.model.shaping import NORMALISER
from workers.classify.rules import Rules

_FOLDS = 6
_SEED = 1

BLANK = Description(
    format=FORMAT,
    version="unnamed",
    normaliser=NORMALISER,
    heads=HEADS,
    blend=Blend(
        category_model=1, category_rules=0,
        kind_model=1, kind_complaint=0, kind_grievance=0, kind_rules=0, kind_decisive=0,
        safety_model=1, safety_offset=0, dissatisfaction_model=1,
    ),
    thresholds=Thresholds(category={}, kind=0.0, safety=0.5, also={}),
)  # fmt: skip
"""A description for a model that nobody has calibrated yet."""


def unseen(examples: Sequence[Example], recipe: Recipe) -> Unseen:
    """Each example scored by a model made without the voice that wrote it. The same examples, the same scores."""
    scores = np.zeros((len(examples), sum(len(head.classes) for head in HEADS.values())))
    voices = [example.voice for example in examples]
    folds = GroupKFold(_FOLDS, shuffle=True, random_state=_SEED)
    for known, others in folds.split(scores, groups=voices):
        model = fit([examples[row] for row in known], recipe, BLANK).model(BLANK, "")
        for row in others:
            scores[row] = model.read(examples[row].folded).scores
    rules = Rules(load_pack())
    return Unseen(examples, scores, [rules.read(example.folded) for example in examples])
