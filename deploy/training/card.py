"""`python -m deploy.training.card`: writes docs/model-card.md and docs/data-card.md from what was measured.

The words stand in `cards/`; every number in them is counted or measured when the cards are printed.
"""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.training import corpus
from deploy.training.corpus import TRAINING_PARTS, Example
from deploy.training.evaluate import OURS, Compared, compare
from deploy.training.figures import MEASURES, Figure
from schemas.policy import load_pack
from workers.classify.model import TextModel, load_current
from workers.classify.rules import Rules

DOCS = Path(__file__).parents[2] / "docs"
_CARDS = Path(__file__).with_name("cards")


def main() -> int:
    """Measure and write both cards; 1 when there is no model in use."""
    model = load_current()
    if model is None:
        sys.stderr.write("card: there is no model in use, run `make train`\n")
        return 1
    training, frozen = corpus.training(), corpus.frozen()
    (DOCS / "model-card.md").write_text(model_card(model, compare(training, frozen)), encoding="utf-8")
    (DOCS / "data-card.md").write_text(data_card(training, frozen), encoding="utf-8")
    return 0


def model_card(model: TextModel, found: Compared) -> str:
    """What the model is, what it is for, how well it does, where it is weak."""
    names = list(found.by_name)
    table = [f"| figure | {' | '.join(names)} | target |", f"|---|{'---|' * len(names)}---|"]
    for measure in MEASURES:
        shown = " | ".join(_figure(found.by_name[name][measure.name]) for name in names)
        target = "" if measure.target is None else f"{'≤' if measure.at_most else '≥'} {measure.target:.2f}"
        table.append(f"| {measure.name} | {shown} | {target} |")
    classes = [f"| {name} | {value:.3f} |" for name, value in found.by_class.items()]
    thresholds = model.description.thresholds
    return _words("model").format(
        version=model.name,
        grams=f"{model.patterns.grams:,}",
        words=f"{len(model.patterns.concepts):,}",
        concepts=len({one for of in model.patterns.concepts.values() for one in of}),
        hidden=model.hidden,
        trained_on=f"{found.trained_on:,}",
        texts=f"{found.texts:,}",
        table="\n".join(table),
        classes="\n".join(classes),
        missed=_missed(found.by_name[OURS]),
        safety=f"{thresholds.safety:.2f}",
        agreement=_agreement(found.agreement),
    )


def data_card(training: Sequence[Example], frozen: Sequence[Example]) -> str:
    """How the labelled messages were made, what is in them, what they are not."""
    everything = [*training, *frozen]
    harmed = [example for example in everything if example.safety]
    rules = Rules(load_pack())
    return _words("data").format(
        all=f"{len(everything):,}",
        training=f"{len(training):,}",
        frozen=f"{len(frozen):,}",
        voices=len({one.voice for one in training}),
        frozen_voices=len({one.voice for one in frozen}),
        parts=", ".join(f"`{part}`" for part in TRAINING_PARTS),
        harm=len(harmed),
        unsaid=sum(not rules.read(one.folded).harm for one in harmed),
        others=sum(one.kind != "complaint" for one in everything),
        second=sum(bool(one.secondary) for one in everything),
        kinds=_counts("kind", training, frozen),
        categories=_counts("primary", training, frozen),
        sources=_counts("source", training, frozen),
    )


def _words(card: str) -> str:
    return (_CARDS / f"{card}.md").read_text(encoding="utf-8")


def _counts(label: str, training: Sequence[Example], frozen: Sequence[Example]) -> str:
    one, other = (Counter(getattr(example, label) for example in part) for part in (training, frozen))
    rows = [f"| {name} | {one[name]} | {other[name]} |" for name, _ in (one + other).most_common()]
    return "\n".join([f"| {label} | training | frozen |", "|---|---|---|", *rows])


def _figure(figure: Figure | None) -> str:
    return "-" if figure is None else f"{figure.value:.3f} ({figure.low:.3f}–{figure.high:.3f})"


def _missed(ours: Mapping[str, Figure | None]) -> str:
    short = [
        f"- {measure.name}: short of its target by {abs(figure.value - measure.target):.3f}."
        for measure in MEASURES
        if (figure := ours[measure.name]) and measure.target is not None and not measure.met(figure.value)
    ]
    return "\n".join(short) or "- Every target is met."


def _agreement(found: Mapping[str, float] | None) -> str:
    if found is None:
        return (
            "A second blind labelling of the frozen part is not there yet, so nobody knows how far people would agree."
        )
    labels = ", ".join(f"{name} {value:.2f}" for name, value in found.items() if name != "texts")
    return f"Two blind labellings of {found['texts']:.0f} frozen texts agree with Cohen's kappa: {labels}."


if __name__ == "__main__":
    sys.exit(main())
