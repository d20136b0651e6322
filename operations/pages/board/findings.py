"""What is wrong as cards of a page: one a finding, and one for many of the same kind."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape

from operations import figures
from operations.findings import Finding
from operations.pages.render import Words

_TOGETHER_FROM = 4
"""So many of one kind and level share a card: ten departments nobody reads must not hide one stage that stands."""
_COMMAND = re.compile("`([^`]+)`")


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding in one language."""

    object: str
    said: str
    moment: str
    lasting: str
    at_risk: str
    next_step: Markup
    page: str | None


@dataclass(frozen=True, slots=True)
class Card:
    """One card; with more than one finding it is a list. `next_step` is None where each has its own."""

    level: str
    findings: tuple[FindingView, ...]

    @property
    def next_step(self) -> Markup | None:
        """What to do about all of them."""
        steps = {one.next_step for one in self.findings}
        return steps.pop() if len(steps) == 1 else None


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
    what = one.object.in_language(words.short)
    return FindingView(
        object=what,
        said=one.said.in_language(words.short).removeprefix(f"{what}{words.text('colon')}"),
        moment=words.moment(one.since),
        lasting=figures.since(one.since, now, words.short),
        at_risk=_at_risk(words, one),
        next_step=_step(one.next_step.in_language(words.short), one.command),
        page=one.page,
    )


def _at_risk(words: Words, one: Finding) -> str:
    if one.uncounted and not one.at_risk:
        return words.text("ops.at_risk_unknown")
    return words.text("ops.at_risk_least" if one.uncounted else "ops.at_risk", n=figures.count(one.at_risk))


def _step(step: str, command: str | None) -> Markup:
    """The sentence with what is to be typed marked; a command it does not name stands behind it."""
    marked = _COMMAND.sub(r"<code>\1</code>", str(escape(step)))
    if command is not None and command not in step:
        marked += f" <code>{escape(command)}</code>"
    return Markup(marked)  # noqa: S704 - every piece was escaped
