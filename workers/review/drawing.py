"""Which complaints of a week people look at besides those the machine asked about. Pure: drawn again, the same."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from schemas.policy.reviewing import WeeklySample
from schemas.review import Drawn


@dataclass(frozen=True, slots=True)
class Candidate:
    """A classified complaint of the week. `margin` is None where the machine had nothing to say."""

    complaint_id: UUID
    margin: float | None
    disagreement: bool


def draw(week: str, candidates: Iterable[Candidate], rules: WeeklySample) -> Mapping[UUID, Drawn]:
    """Return the complaints of the sample, each with the part it is in.

    The random part is drawn first, from all: no other part takes anything from it, so its share of errors is that of
    everything. Where too few disagree, more of the uncertain are drawn.
    """
    ranked = sorted(candidates, key=lambda one: _lot(week, one.complaint_id))
    wanted_disagreement = round(rules.size * rules.disagreement)
    wanted_random = rules.size - wanted_disagreement - round(rules.size * rules.uncertain)
    drawn = {one.complaint_id: Drawn.RANDOM for one in ranked[:wanted_random]}
    rest = ranked[wanted_random:]
    against = [one.complaint_id for one in rest if one.disagreement][:wanted_disagreement]
    drawn |= dict.fromkeys(against, Drawn.DISAGREEMENT)
    unsure = sorted(
        (one for one in rest if one.complaint_id not in drawn),
        key=lambda one: -1.0 if one.margin is None else one.margin,
    )
    left = max(rules.size - wanted_random - len(against), 0)
    return drawn | {one.complaint_id: Drawn.UNCERTAIN for one in unsure[:left]}


def _lot(week: str, complaint: UUID) -> bytes:
    return hashlib.sha256(f"{week}/{complaint}".encode()).digest()
