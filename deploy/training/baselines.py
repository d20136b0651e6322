"""What an understanding is compared with: the simplest that could be thought of, made of the same training part."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from deploy.training.answering import Answers
from deploy.training.corpus import Example
from deploy.training.second import second_labels


def majority(training: Sequence[Example], asked: Sequence[Example]) -> Answers:
    """Whatever is asked, the most frequent answer."""
    primary = Counter(example.primary for example in training).most_common(1)[0][0]
    kind = Counter(example.kind for example in training).most_common(1)[0][0]
    return Answers(asked, [primary] * len(asked), [kind] * len(asked), [False] * len(asked))


def tfidf(training: Sequence[Example], asked: Sequence[Example]) -> Answers:
    """Character n-grams, TF-IDF, a logistic regression for each label, as scikit-learn gives them."""
    reader = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    known = reader.fit_transform([example.text for example in training])
    unknown = reader.transform([example.text for example in asked])

    def fitted(labels: list[str]) -> LogisticRegression:
        return LogisticRegression(C=10, class_weight="balanced", max_iter=400).fit(known, labels)

    primary = fitted([example.primary for example in training])
    p = primary.predict_proba(unknown)
    harmed = fitted([str(example.safety) for example in training]).predict(unknown)
    return Answers(
        examples=asked,
        primary=[str(code) for code in primary.classes_[np.argmax(p, axis=1)]],
        kind=[str(code) for code in fitted([example.kind for example in training]).predict(unknown)],
        safety=[one == "True" for one in harmed],
        p=[float(one) for one in p.max(axis=1)],
    )


def second_person(asked: Sequence[Example]) -> Answers | None:
    """A person who labelled the same messages blindly; None where nobody has labelled all of them."""
    second = second_labels()
    if any(example.place not in second for example in asked):
        return None
    said = [second[example.place] for example in asked]
    return Answers(asked, [one.primary for one in said], [one.kind for one in said], [one.safety for one in said])
