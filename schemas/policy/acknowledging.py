"""The texts customers get, per language, occasion and channel; placeholders are checked when a pack is read."""

from enum import StrEnum
from string import Formatter
from typing import Literal

from pydantic import field_validator, model_validator

from schemas.policy.base import Hyphenated, PolicyPart, Titles, Words


class Variant(StrEnum):
    """The occasion of an acknowledgement."""

    UNDERSTOOD = "understood"
    UNCLASSIFIED = "unclassified"
    PAGE = "page"
    ADDED = "added"
    FOLLOW_UP = "follow_up"
    NOTED = "noted"
    SUSPENDED = "suspended"


INSTEAD = {Variant.FOLLOW_UP: Variant.ADDED, Variant.NOTED: Variant.UNDERSTOOD}
"""Occasions a pack may leave out → whose texts serve then. A follow-up is about its case, not about what it says by
itself; `noted` is for what is promised no answer, such as praise."""


PLACEHOLDERS = frozenset(
    {"tracking_number", "understood", "fact", "received_at", "answer_by", "status_url", "signature"}
)
REQUIRED = frozenset({"tracking_number", "answer_by", "status_url"})
NEEDS_UNDERSTANDING = frozenset({"understood"})
FACT_KINDS = ("product", "order_no", "store", "batch_no", "event_date", "amount", "attachments", "received")
"""Facts an acknowledgement may name, the most telling first; `received` is there for every complaint."""


def placeholders(template: str) -> frozenset[str]:
    """The names in braces of a template. Raises ValueError when the braces do not match."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def with_known(template: str, known: frozenset[str]) -> str:
    """The template itself. Raises ValueError naming the placeholders that are not among the known ones."""
    if unknown := placeholders(template) - known:
        raise ValueError(f"unknown placeholder {sorted(unknown)}: use {sorted(known)}")
    return template


class AcknowledgementText(PolicyPart):
    """One text. Without `channel` it serves every channel that has none of its own."""

    language: Literal["zh-Hans", "zh-Hant", "en"]
    variant: Variant
    channel: str | None = None
    subject: Words
    body: Words

    @field_validator("subject", "body")
    @classmethod
    def _known_placeholders(cls, template: str) -> str:
        return with_known(template, PLACEHOLDERS)

    @model_validator(mode="after")
    def _complete(self) -> "AcknowledgementText":
        used = placeholders(self.body)
        named = self.variant in {Variant.UNDERSTOOD, Variant.ADDED, Variant.NOTED}
        required = REQUIRED | (NEEDS_UNDERSTANDING if named else frozenset())
        if self.variant is Variant.NOTED:
            required -= {"answer_by"}
        if missing := required - used:
            raise ValueError(f"body lacks {sorted(missing)}: a customer must learn number, date and where to look")
        return self


class Acknowledging(PolicyPart):
    """Everything said in an acknowledgement, and which clock its date comes from."""

    promised_clock: Hyphenated
    promised_clock_unclassified: Hyphenated
    signature: Titles
    other_languages: Literal["zh-Hans", "zh-Hant", "en"] = "en"
    unknown_language: Literal["zh-Hans", "zh-Hant", "en"] = "zh-Hans"
    facts: dict[str, Titles]
    texts: tuple[AcknowledgementText, ...]

    @field_validator("facts")
    @classmethod
    def _known_facts(cls, facts: dict[str, Titles]) -> dict[str, Titles]:
        if set(facts) != set(FACT_KINDS):
            raise ValueError(f"facts must be exactly {list(FACT_KINDS)}")
        return facts

    def language_for(self, detected: str | None) -> str:
        """The language to answer in, for the language a text was found to be in (None: not known)."""
        if detected is None:
            return self.unknown_language
        if detected in {"zh-Hans", "zh-Hant", "en"}:
            return detected
        return "zh-Hans" if detected.startswith("zh") else self.other_languages

    def text(self, language: str, variant: Variant, channel: str) -> AcknowledgementText:
        """The text for an occasion: the channel's own if there is one. Every pair exists, the pack was checked."""
        fitting = [text for text in self.texts if text.language == language and text.variant is variant]
        if not fitting and variant in INSTEAD:
            return self.text(language, INSTEAD[variant], channel)
        return min((text for text in fitting if text.channel in {None, channel}), key=lambda text: text.channel is None)
