"""A message with its truth beside what was said of it: what every figure counts."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deploy.training.linking.reach import Reach, reaches
from deploy.training.stream import Relation, Told, Truth
from schemas.commands import LinkedLine
from schemas.records import Verdict

JOINING = frozenset({Verdict.DUPLICATE, Verdict.FOLLOW_UP})


@dataclass(frozen=True, slots=True)
class Said:
    """What a way of linking says of one message; `case` groups messages it holds to be one incident."""

    verdict: str
    of: str | None
    case: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One message: truth and what was said. Numbers of incidents and persons are those of the stream.

    `target` is the truth of the message it was linked with. `may_join` tells that an earlier message of its incident
    is no authority's referral, and neither is it: only those are ever merged. `pairs` of a message are those with the
    earlier messages of its incident or of its case.
    """

    told: Told
    said: Said
    target: Truth | None
    reach: Reach
    may_join: bool
    pairs_true: int
    pairs_said: int
    pairs_both: int

    @property
    def truth(self) -> Truth:
        """What is true of it."""
        return self.told.truth

    @property
    def belongs(self) -> bool:
        """Whether it truly belongs to an incident that is known."""
        return self.truth.relation in {Relation.DUPLICATE, Relation.FOLLOW_UP}

    @property
    def is_referral(self) -> bool:
        """Whether an authority sent it."""
        return self.told.line.referral_number is not None

    @property
    def joined(self) -> bool:
        """Whether it was said to be part of an earlier incident."""
        return self.said.verdict in JOINING and self.target is not None

    @property
    def rightly(self) -> bool:
        """Whether it was linked with a message of its own incident, whatever the verdict."""
        return self.target is not None and self.target.incident == self.truth.incident

    @property
    def same_person(self) -> bool:
        """Whether it was linked with a message of the same person."""
        return self.target is not None and self.target.person == self.truth.person


def said_by(linked: Sequence[LinkedLine]) -> list[Said]:
    """The lines of `intake link` in this form."""
    return [Said(one.verdict, one.of, str(one.case_id)) for one in linked]


def judge(stream: Sequence[Told], said: Sequence[Said]) -> list[Judged]:
    """Lay truth and verdicts side by side; both in the order of the stream."""
    truths: Mapping[str, Truth] = {told.line.complaint_id: told.truth for told in stream}
    true_sizes: Counter[int] = Counter()
    said_sizes: Counter[str] = Counter()
    both_sizes: Counter[tuple[int, str]] = Counter()
    open_incidents: defaultdict[int, bool] = defaultdict(bool)
    judged = []
    for told, one, reach in zip(stream, said, reaches(stream), strict=True):
        incident, referral = told.truth.incident, told.line.referral_number is not None
        judged.append(
            Judged(
                told,
                one,
                truths[one.of] if one.of else None,
                reach,
                may_join=open_incidents[incident] and not referral,
                pairs_true=true_sizes[incident],
                pairs_said=said_sizes[one.case],
                pairs_both=both_sizes[incident, one.case],
            )
        )
        open_incidents[incident] |= not referral
        true_sizes[incident] += 1
        said_sizes[one.case] += 1
        both_sizes[incident, one.case] += 1
    return judged
