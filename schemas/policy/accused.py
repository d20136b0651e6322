"""Who is accused does not judge: which complaints go to the level above, and what the accused unit may know."""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

from pydantic import Field

from schemas.normalise import fold
from schemas.policy.base import Hyphenated, PolicyPart, RuleId, Words
from schemas.policy.rules import Facts, When


class AccusedRule(PolicyPart):
    """One rule; the first that holds decides. Used by route: never for referrals of authorities and sealed reports.

    `judge` says who judges: the manager of the unit complained about (when a member of its staff is accused), or the
    level above it (when that manager is). Without an organisation file, or where it names nobody, `role` judges.
    """

    rule_id: RuleId
    reason: Words
    when: When
    or_salesperson: bool = Field(False, description="Instead of `terms`, a form that names the salesperson is enough")
    asked_for: tuple[Words, ...] = Field(
        (),
        description="Phrases that only ask for the person; where no other words name one, nobody is accused",
    )
    judge: Literal["manager", "above"]
    role: Hyphenated
    responsible: Hyphenated | None = Field(
        None, description="Department that answers in place of the accused one, which gets a copy"
    )
    identity_for_unit: Words | None = Field(
        None, description="Why the accused unit must know who complains; without it, it gets the facts only"
    )

    def holds(self, facts: Facts, *, salesperson: bool) -> bool:
        """Whether somebody is accused; `salesperson`: a form names one."""
        named = self.or_salesperson and salesperson
        return (self._without_terms if named else self.when).holds(facts)

    def only_asked_for(self, text: str, term_sets: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether the folded text names the person in such phrases alone. Never where none of them stands."""
        rest = text
        for phrase in self._asked_for:
            rest = rest.replace(phrase, "")
        terms = (fold(term).text for name in self.when.terms or () for term in term_sets.get(name, ()))
        return rest != text and not any(term in rest for term in terms)

    @cached_property
    def _asked_for(self) -> tuple[str, ...]:
        return tuple(fold(phrase).text for phrase in self.asked_for)

    @cached_property
    def _without_terms(self) -> When:
        return When.model_validate(self.when.model_dump(exclude={"terms"}))
