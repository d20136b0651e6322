"""The figures of linking, each a share of messages, with 95 % intervals by resampling persons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from deploy.training.linking.judged import Judged
from deploy.training.linking.reach import Reach
from deploy.training.stream import Relation
from schemas.records import Verdict

_RESAMPLES = 1_000
_SEED = 20_260_302
Count = Callable[[Judged], float]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: of the messages that `among` counts, how much `hit` counts. `at_least` or `at_most` is its target."""

    name: str
    among: Count
    hit: Count
    at_least: float | None = None
    at_most: float | None = None

    def met(self, value: float) -> bool | None:
        """Whether a value reaches the target; None without a target."""
        if self.at_least is not None:
            return value >= self.at_least
        return value <= self.at_most if self.at_most is not None else None


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured share with its 95 % interval; None where nothing was counted."""

    measure: Measure
    counted: float
    value: float | None = None
    low: float | None = None
    high: float | None = None


def _joinable(one: Judged) -> bool:
    return one.belongs and one.may_join


def _reached(one: Judged) -> bool:
    return _joinable(one) and one.reach is Reach.IDENTIFIER


def _joined_rightly(one: Judged) -> bool:
    return one.joined and one.rightly


def _repeat(one: Judged) -> bool:
    return one.truth.relation is Relation.REPEAT


def _follow_up(one: Judged) -> bool:
    return _joinable(one) and one.truth.relation is Relation.FOLLOW_UP


def _in_cluster(one: Judged) -> bool:
    return one.truth.cluster is not None


def _joined_stranger(one: Judged) -> bool:
    return one.joined and not one.same_person


def _joined_co_victim(one: Judged) -> bool:
    return _joined_stranger(one) and one.target is not None and one.target.cluster == one.truth.cluster


MEASURES: tuple[Measure, ...] = (
    Measure("links: precision", lambda one: one.joined, _joined_rightly, at_least=0.97),
    Measure("links: recall, identifier in common", _reached, _joined_rightly, at_least=0.80),
    Measure(
        "links: recall, known through earlier complaints, too",
        lambda one: _joinable(one) and one.reach is not Reach.NOTHING,
        _joined_rightly,
    ),
    Measure("links: recall over all", _joinable, _joined_rightly),
    Measure("links: found or asked, identifier in common", _reached, lambda one: one.rightly),
    Measure("repeats merged", _repeat, lambda one: one.joined, at_most=0.05),
    Measure("repeats found as repeat", _repeat, lambda one: one.said.verdict == Verdict.REPEAT and one.same_person),
    Measure(
        "repeats found as repeat, identifier in common",
        lambda one: _repeat(one) and one.reach is Reach.IDENTIFIER,
        lambda one: one.said.verdict == Verdict.REPEAT and one.same_person,
    ),
    Measure("repeats asked", _repeat, lambda one: one.said.verdict == Verdict.SUSPECTED),
    Measure("follow-ups in their case", _follow_up, _joined_rightly),
    Measure("follow-ups named so", _follow_up, lambda one: one.rightly and one.said.verdict == Verdict.FOLLOW_UP),
    Measure("co-victims merged", _in_cluster, _joined_co_victim, at_most=0.0),
    Measure("strangers merged", lambda one: True, _joined_stranger),
    Measure("suspected of all", lambda one: True, lambda one: one.said.verdict == Verdict.SUSPECTED, at_most=0.10),
    Measure(
        "suspected that are one incident", lambda one: one.said.verdict == Verdict.SUSPECTED, lambda one: one.rightly
    ),
    Measure(
        "referrals linked with their incident", lambda one: one.is_referral and one.belongs, lambda one: one.rightly
    ),
    Measure("cases: purity of pairs", lambda one: one.pairs_said, lambda one: one.pairs_both),
    Measure("cases: completeness of pairs", lambda one: one.pairs_true, lambda one: one.pairs_both),
)


def figures(
    judged: Sequence[Judged], persons: Sequence[tuple[int, int]], measures: Sequence[Measure] = MEASURES
) -> list[Figure]:
    """Measure; `persons` tells for each message whose it is (stream and person), the unit of resampling."""
    numbers = {person: number for number, person in enumerate(dict.fromkeys(persons))}
    units = np.array([numbers[person] for person in persons])
    draws = np.random.default_rng(_SEED).multinomial(len(numbers), np.full(len(numbers), 1 / len(numbers)), _RESAMPLES)
    return [_figure(measure, judged, units, draws) for measure in measures]


def _figure(measure: Measure, judged: Sequence[Judged], units: np.ndarray, draws: np.ndarray) -> Figure:
    among = np.array([float(measure.among(one)) for one in judged])
    hit = np.array([float(bool(weight) * measure.hit(one)) for one, weight in zip(judged, among, strict=True)])
    if not among.sum():
        return Figure(measure, 0)
    size = draws.shape[1]
    below, above = (np.bincount(units, weights=values, minlength=size) for values in (among, hit))
    drawn = draws @ below
    shares = (draws @ above)[drawn > 0] / drawn[drawn > 0]
    low, high = np.quantile(shares, (0.025, 0.975))
    return Figure(measure, float(among.sum()), float(hit.sum() / among.sum()), float(low), float(high))


def scenario_counts(judged: Sequence[Judged]) -> Mapping[str, Mapping[str, int]]:
    """Per scenario: messages, and how many were joined rightly, joined wrongly, split wrongly, asked."""
    counts: dict[str, dict[str, int]] = {}
    for one in judged:
        row = counts.setdefault(one.truth.scenario, dict.fromkeys(SCENARIO_COLUMNS, 0))
        row["messages"] += 1
        row["joined rightly"] += _joined_rightly(one)
        row["joined wrongly"] += one.joined and not one.rightly
        row["not joined"] += _joinable(one) and not one.joined
        row["of them with identifier"] += _reached(one) and not one.joined
        row["repeats found"] += _repeat(one) and one.said.verdict == Verdict.REPEAT and one.same_person
        row["repeats"] += _repeat(one)
        row["suspected"] += one.said.verdict == Verdict.SUSPECTED
    return dict(sorted(counts.items()))


SCENARIO_COLUMNS = (
    "messages",
    "joined rightly",
    "joined wrongly",
    "not joined",
    "of them with identifier",
    "repeats",
    "repeats found",
    "suspected",
)
