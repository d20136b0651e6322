"""A model is fitted the same each time, of the n-grams that say most, for all heads at once."""

import numpy as np

from deploy.training import corpus
from deploy.training.crossing import BLANK
from deploy.training.fitting import CATEGORIES, HEADS, Recipe, fit

RECIPE = Recipe(candidates=2_000, candidate_epochs=10, grams=300, hidden=16, epochs=40)
EXAMPLES = corpus.training()[::30]
FITTED = fit(EXAMPLES, RECIPE, BLANK)


def test_the_same_messages_give_the_same_numbers() -> None:
    again = fit(EXAMPLES, RECIPE, BLANK)

    assert again.patterns == FITTED.patterns
    assert again.weights.tobytes() == FITTED.weights.tobytes()
    assert again.layer.outer.tobytes() == FITTED.layer.outer.tobytes()


def test_no_more_grams_are_kept_than_the_recipe_says() -> None:
    assert FITTED.patterns.grams == RECIPE.grams
    assert FITTED.patterns.terms[: RECIPE.grams] == sorted(FITTED.patterns.terms[: RECIPE.grams])


def test_a_word_of_a_concept_counts_whether_or_not_it_is_a_gram() -> None:
    concepts = len(FITTED.idf) - FITTED.patterns.grams

    named = {concept for of in FITTED.patterns.concepts.values() for concept in of}
    assert named == set(range(FITTED.patterns.grams, FITTED.patterns.grams + concepts))


def test_a_fitted_model_has_learned_its_own_messages() -> None:
    model = FITTED.model(BLANK, "")
    said = [int(np.argmax(model.read(example.folded).of(HEADS["category"]))) for example in EXAMPLES]

    right = [CATEGORIES[one] == example.primary for one, example in zip(said, EXAMPLES, strict=True)]
    assert np.mean(right) > 0.6
