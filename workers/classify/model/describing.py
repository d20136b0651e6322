"""`model.json`: what a model decides, how its answers are put together with the rules', and when it is sure."""

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Head(_Part):
    """One question the model answers: the columns of its classes begin at `start`, in the order of `classes`."""

    classes: tuple[str, ...]
    start: int = Field(ge=0)


class Blend(_Part):
    """How model and rules make one probability, fitted on texts that neither was made from: sums of logarithms."""

    category_model: float = Field(description="Factor of the model's score; holds the temperature")
    category_rules: float = Field(description="Factor of the logarithm of the rules' probability")
    category_harm: float = Field(0.7, description="Added to the category that a safety rule names")
    kind_model: float
    kind_complaint: float = Field(description="Added to complaint, which training made no likelier than other kinds")
    kind_grievance: float = Field(description="Added to complaint where a defect, danger or anger is named")
    kind_rules: float = Field(description="Added to the kind the rules would say of a text without any of these")
    kind_decisive: float = Field(description="Added to a kind that a decisive word names")
    kind_leaning: dict[str, float] = Field(
        {},
        description="Kind → added where one is chosen, not to its probability: rare kinds count as much as common ones",
    )
    safety_model: float
    safety_offset: float
    dissatisfaction_model: float


class Thresholds(_Part):
    """When a decision stands without a person: set on texts the model had not seen, for 95 % precision."""

    category: dict[str, float] = Field(description="Class → probability; above 1: always a person")
    kind: float = Field(description="Probability of the kind")
    safety: float = Field(description="Probability from which the safety flag is raised")
    also: dict[str, float] = Field(description="Class → probability from which it is named as a secondary category")
    furious: float = Field(0.15, description="Probability of the worst dissatisfaction where words of fury bear it out")
    furious_unsaid: float = Field(1.01, description="The same where none does; above 1: never")


class Description(_Part):
    """A model without its arrays."""

    format: int = Field(description="Version of this format")
    version: str
    normaliser: str
    heads: dict[str, Head]
    blend: Blend
    thresholds: Thresholds
