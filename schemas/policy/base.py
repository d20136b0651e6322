"""What every part of a policy pack shares: frozen, and an unknown key is an error."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints


class PolicyPart(BaseModel):
    """A part of a pack. A key nobody reads would be a rule nobody follows, so it is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""A name records carry: small letters, digits, underscore."""

Hyphenated = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
"""A name that becomes part of a topic: small letters, digits, hyphens."""

RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]*$")]
"""The name a decision gives as its reason; unique within a pack."""

Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
"""Words people read, or a term looked for in their texts."""


class Titles(PolicyPart):
    """The same words in the three languages customers are answered in."""

    zh_hans: Words
    zh_hant: Words
    en: Words

    def of(self, language: str) -> str:
        """The words in a language of `LANGUAGES`."""
        return {"zh-Hans": self.zh_hans, "zh-Hant": self.zh_hant}.get(language, self.en)


LANGUAGES = ("zh-Hans", "zh-Hant", "en")
"""Languages every customer text exists in."""
