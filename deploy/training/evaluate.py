"""`make eval`: how well the understanding works on the frozen labelled messages, beside honest baselines."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from deploy.training import baselines, corpus
from deploy.training.agreement import kappas
from deploy.training.answering import Answers, answers, by_class
from deploy.training.corpus import Example
from deploy.training.figures import MEASURES, Figure, Measure, figures
from schemas.policy import load_pack
from workers.classify import RuleUnderstander, TextUnderstander
from workers.classify.model import load_current


@dataclass(frozen=True, slots=True)
class Compared:
    """The figures of the product and of each baseline, by name, and the product's figures class by class."""

    texts: int
    trained_on: int
    by_name: Mapping[str, Mapping[str, Figure | None]]
    by_class: Mapping[str, float]
    agreement: Mapping[str, float] | None


OURS = "rules + model"


def compare(training: Sequence[Example], frozen: Sequence[Example]) -> Compared:
    """Ask the product and the baselines for every frozen message."""
    pack = load_pack()
    ours = answers(TextUnderstander(pack, load_current()), frozen)
    asked: dict[str, Answers] = {
        OURS: ours,
        "TF-IDF + LR": baselines.tfidf(training, frozen),
        "rules only": answers(RuleUnderstander(pack), frozen),
        "majority": baselines.majority(training, frozen),
    }
    if (person := baselines.second_person(frozen)) is not None:
        asked["second person"] = person
    return Compared(
        texts=len(frozen),
        trained_on=len(training),
        by_name={name: figures(given) for name, given in asked.items()},
        by_class=by_class(ours),
        agreement=kappas(frozen),
    )


def main() -> int:
    """Print the tables; 0 when every target is met, else 1."""
    out = Console(width=None if sys.stdout.isatty() else 180)
    found = compare(corpus.training(), corpus.frozen())
    out.print(_table(found))
    out.print(_classes(found))
    out.print(_agreement(found), highlight=False)
    ours = found.by_name[OURS]
    return int(any(measure.met(figure.value) is False for measure in MEASURES if (figure := ours[measure.name])))


def _table(found: Compared) -> Table:
    table = Table(
        title=f"understanding: {found.texts} frozen messages, trained on {found.trained_on} of other voices",
        title_justify="left",
    )
    table.add_column("figure [95 % interval]")
    for name in found.by_name:
        table.add_column(name, justify="right")
    table.add_column("target", justify="right")
    table.add_column("met")
    for measure in MEASURES:
        ours = found.by_name[OURS][measure.name]
        shown = [_shown(given[measure.name]) for given in found.by_name.values()]
        table.add_row(measure.name, *shown, _target(measure), _met(measure, ours))
    return table


def _classes(found: Compared) -> Table:
    table = Table(title="class by class: F1, for safety recall", title_justify="left")
    table.add_column("class")
    table.add_column("figure", justify="right")
    for name, value in found.by_class.items():
        table.add_row(name, f"{value:.3f}")
    return table


def _agreement(found: Compared) -> str:
    if found.agreement is None:
        return "kappa of the first labels and a second blind labelling: not there"
    labels = ", ".join(f"{name} {value:.2f}" for name, value in found.agreement.items() if name != "texts")
    return f"kappa of the first labels and a second blind labelling of {found.agreement['texts']:.0f} texts: {labels}"


def _shown(figure: Figure | None) -> str:
    return "-" if figure is None else f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def _target(measure: Measure) -> str:
    return "" if measure.target is None else f"{'≤' if measure.at_most else '≥'} {measure.target:.2f}"


def _met(measure: Measure, figure: Figure | None) -> str:
    met = measure.met(figure.value) if figure else None
    if met is False and figure and measure.target is not None:
        return f"[red]no, by {abs(figure.value - measure.target):.3f}"
    return {None: "", True: "[green]yes", False: "[red]no"}[met]


if __name__ == "__main__":
    sys.exit(main())
