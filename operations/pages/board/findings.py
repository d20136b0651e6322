"""What is wrong as cards of a page: one a finding, and one for many of the same kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from operations.findings import Finding
from operations.pages.board import figures
from operations.pages.render import Words

_TOGETHER_FROM = 4
"""So many of one kind and level share a card: ten departments nobody reads must not hide one stage that stands."""


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding in one language."""

    object: str
    said: str
    moment: str
    lasting: str
    at_risk: str
    next_step: str
    command: str | None
    page: str | None


@dataclass(frozen=True, slots=True)
class Card:
    """One card; with more than one finding it is a list."""

    level: str
    findings: tuple[FindingView, ...]


def cards(words: Words, findings: Sequence[Finding], now: datetime) -> tuple[Card, ...]:
    """All findings, in the order given; many of a kind stand where the first of them would."""
    kinds: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        kinds.setdefault((one.kind, one.level.value), []).append(one)
    made = []
    for (_, level), found in kinds.items():
        views = [_view(words, one, now) for one in found]
        made += [Card(level, tuple(views))] if len(views) >= _TOGETHER_FROM else [Card(level, (one,)) for one in views]
    return tuple(made)


def _view(words: Words, one: Finding, now: datetime) -> FindingView:
    return FindingView(
        object=one.object.in_language(words.short),
        said=one.said.in_language(words.short),
        moment=words.moment(one.since),
        lasting=figures.since(one.since, now, words.short),
        at_risk=figures.count(one.at_risk),
        next_step=one.next_step.in_language(words.short),
        command=one.command,
        page=one.page,
    )
