"""The figures as tables, and the errors worth reading."""

from collections.abc import Iterator, Mapping, Sequence

from rich.table import Table

from deploy.training.linking.judged import Judged
from deploy.training.linking.measures import SCENARIO_COLUMNS, Figure, scenario_counts
from deploy.training.linking.reach import Reach
from deploy.training.stream import Relation
from schemas.commands import LinkedLine

_TEXT_CHARS = 160


def figures_table(title: str, found: Mapping[str, Sequence[Figure]]) -> Table:
    """One row a figure, one column a way of linking; the target stands for the first."""
    table = Table(title=title, title_justify="left")
    table.add_column("figure", no_wrap=True)
    for name in found:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("of", justify="right")
    table.add_column("target", no_wrap=True)
    table.add_column("met")
    for row in zip(*found.values(), strict=True):
        ours = row[0]
        met = None if ours.value is None else ours.measure.met(ours.value)
        told = {None: "", True: "[green]yes", False: "[red]no"}[met]
        table.add_row(ours.measure.name, *map(_share, row), f"{ours.counted:,.0f}", _target(ours), told)
    return table


def scenarios_table(judged: Sequence[Judged]) -> Table:
    """What happened in each scenario."""
    table = Table(title="By scenario", title_justify="left")
    table.add_column("scenario", no_wrap=True)
    for name in SCENARIO_COLUMNS:
        table.add_column(name, justify="right")
    for scenario, counts in scenario_counts(judged).items():
        table.add_row(scenario, *(str(counts[name]) for name in SCENARIO_COLUMNS))
    return table


def errors_of(judged: Sequence[Judged], linked: Sequence[LinkedLine], most: int) -> Iterator[str]:
    """Up to `most` errors of each kind in words, the worst kinds first, with the evidence that was given."""
    said = {id(one): line for one, line in zip(judged, linked, strict=True)}
    kinds: tuple[tuple[str, list[Judged]], ...] = (
        ("merged with a stranger", [one for one in judged if one.joined and not one.same_person]),
        ("repeat merged", [one for one in judged if one.joined and one.truth.relation is Relation.REPEAT]),
        ("merged with another incident", [one for one in judged if _other(one)]),
        ("not found though an identifier is in common", [one for one in judged if _lost(one)]),
        (
            "asked though nothing is the same",
            [one for one in judged if one.said.verdict == "suspected" and not one.rightly],
        ),
    )
    for kind, wrong in kinds:
        yield f"\n{kind}: {len(wrong)}" if most else ""
        for one in wrong[:most]:
            yield _told(one, said[id(one)], judged)


def _other(one: Judged) -> bool:
    return one.joined and one.same_person and not one.rightly and one.truth.relation is not Relation.REPEAT


def _lost(one: Judged) -> bool:
    return one.belongs and one.may_join and one.reach is Reach.IDENTIFIER and not one.rightly


def _told(one: Judged, line: LinkedLine, judged: Sequence[Judged]) -> str:
    evidence = "; ".join(
        f"{each.rule} {each.points if each.points is not None else ''}".strip() for each in line.evidence
    )
    parts = [f"- {one.truth.scenario}, truly {one.truth.relation}; said {line.verdict} ({line.score:.2f}): {evidence}"]
    parts.append(_message("  message", one))
    before = [other for other in judged if other.told.line.complaint_id == line.of]
    parts += [_message("  linked ", other) for other in before[:1]]
    return "\n".join(parts)


def _message(label: str, one: Judged) -> str:
    line = one.told.line
    stated = {"order": line.order_no, "product": line.product, "store": line.store, "day": line.event_date}
    fields = " ".join(f"{name}={value}" for name, value in stated.items() if value)
    words = line.text.replace("\n", "⏎")[:_TEXT_CHARS]
    return f"{label} {line.complaint_id} {line.received_at:%m-%d %H:%M} {line.channel} {line.sender} {fields} «{words}»"


def _share(figure: Figure) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return "-"
    return f"{figure.value:.3f} ({figure.low:.3f}–{figure.high:.3f})"


def _target(figure: Figure) -> str:
    measure = figure.measure
    if measure.at_least is not None:
        return f"≥ {measure.at_least}"
    return f"≤ {measure.at_most}" if measure.at_most is not None else ""
