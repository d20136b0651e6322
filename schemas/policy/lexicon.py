"""What the words of a text say: categories with their terms, kinds, safety rules, named term sets, negation."""

from pydantic import Field

from schemas.policy.base import Code, PolicyPart, RuleId, Titles, Words


class Terms(PolicyPart):
    """Words by what they weigh: a defect named, a topic named, a hint. Traditional characters need no entry."""

    defects: tuple[Words, ...]
    topics: tuple[Words, ...]
    hints: tuple[Words, ...] = ()


class Combination(PolicyPart):
    """Words that say something together only: one of each list, each at most `within` characters from the next."""

    words: tuple[tuple[Words, ...], ...] = Field(min_length=2)
    within: int = Field(8, ge=0)


class Exclusion(Combination):
    """Words that together say it is not about a category, 空调 and 修了; `unless` words that say it is."""

    unless: tuple[Words, ...] = ()


class Category(PolicyPart):
    """A category. `words` is what customers read; `aliases` are what forms and files call it."""

    code: Code
    title: Titles
    aliases: tuple[Words, ...] = ()
    terms: Terms
    combinations: tuple[Combination, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()


class Kind(PolicyPart):
    """A kind of message. `words` is what customers read, `{category}` in it the category's words."""

    code: Code
    words: Titles
    terms: tuple[Words, ...] = ()
    decisive: bool = Field(False, description="One term decides, whatever else the text says")


class SafetyRule(PolicyPart):
    """Raises the safety flag when a term is found, and, if `near` is given, one of those words close by."""

    rule_id: RuleId
    reason: Words
    category: Code | None = Field(None, description="What such harm is usually about; counts like a topic named")
    terms: tuple[Words, ...]
    near: tuple[Words, ...] | None = None
    unless_near: tuple[Words, ...] = Field(
        (), description="Close to one of these, or as a part of it, the term means something else"
    )
    unless_window: int = Field(5, ge=0, description="Characters that count as close for `unless_near`")
    never: tuple[Code, ...] = Field(
        (),
        description="Categories such words only look like (送到急诊: no delivery); the text may name them yet",
    )
    p: float = Field(0.9, ge=0, le=1, description="How sure the rule is that somebody's safety is at stake")


class Negation(PolicyPart):
    """How a term is taken back: denied (不是质量问题), absent (没有过期) or praised (物流很快), within one clause."""

    denials: tuple[Words, ...]
    absences: tuple[Words, ...]
    unless: tuple[Words, ...] = Field(description="Words that hold a denial or absence and deny nothing")
    praises: tuple[Words, ...]
    denial_window: int = Field(6, ge=0, description="Characters between a denial and the term")
    absence_window: int = Field(1, ge=0)
    praise_window: int = Field(6, ge=0)
    clause_ends: tuple[Words, ...] = Field(description="Words that begin a new clause, besides punctuation")


class Weights(PolicyPart):
    """How much a term says, and when the machine is not sure enough."""

    defect: float = 3.0
    topic: float = 1.5
    hint: float = 0.5
    stated: float = Field(3.0, description="The category a sender chose in a form")
    in_subject: float = Field(1.3, description="Factor for terms in the subject")
    doubt: float = Field(0.4, description="Score that `other` has from the start")
    secondary_share: float = Field(0.4, description="Of the first category's score, to be named as a second")
    review_margin: float = Field(0.15, description="Between the first two probabilities")
    review_below: float = Field(0.6, description="Probability of the first category")
    review_shorter_than: int = Field(6, description="Characters of text")
    stated_with_model: float = Field(1.5, description="Added to the score of the category a sender chose")
    review_safety_below: float = Field(0.7, description="Probability of harm that the model sees and no rule")
    harmless: tuple[str, ...] = Field((), description="Categories that harm is seldom about")
    harmless_where_harmed: float = Field(
        2.0, description="Taken from their score where a safety rule names another category and no word speaks for them"
    )
    review_familiarity_below: float = Field(0.45, description="Patterns of the model found for each character")
