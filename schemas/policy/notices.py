"""What customers are told after the acknowledgement: one text an occasion, language and channel, checked when read."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import field_validator, model_validator

from schemas.policy.acknowledging import placeholders, with_known
from schemas.policy.base import LANGUAGES, Hyphenated, PolicyPart, Words

OCCASIONS = (
    "accepted", "in-progress", "need-information", "answered", "remedy-done", "closed", "reopened", "satisfaction",
    "one-time-code", "reply",
)  # fmt: skip
"""Of a notice the status it tells of; of `reply`, which a person types, the text has the subject alone to give."""
PLACEHOLDERS = frozenset(
    {"tracking_number", "status_url", "department", "text_for_customer", "by_when", "code", "signature"}
)
REQUIRED: Mapping[str, frozenset[str]] = {
    "one-time-code": frozenset({"code"}),
    "need-information": frozenset({"tracking_number", "text_for_customer"}),
    "answered": frozenset({"tracking_number", "text_for_customer"}),
    "satisfaction": frozenset({"tracking_number", "status_url"}),
    "reply": frozenset({"text_for_customer"}),
}
"""Occasion → what its body must name; any other must name the tracking number."""
_NUMBER = frozenset({"tracking_number"})


class NoticeText(PolicyPart):
    """One text. Without `channel` it serves every channel that has none of its own.

    A line of the body that names something nobody gave a value for is left out.
    """

    occasion: Hyphenated
    language: Literal["zh-Hans", "zh-Hant", "en"]
    channel: str | None = None
    subject: Words
    body: Words

    @field_validator("subject", "body")
    @classmethod
    def _known_placeholders(cls, template: str) -> str:
        return with_known(template, PLACEHOLDERS)

    @model_validator(mode="after")
    def _complete(self) -> "NoticeText":
        if missing := REQUIRED.get(self.occasion, _NUMBER) - placeholders(self.body):
            raise ValueError(f"body lacks {sorted(missing)}: a customer must learn what it is about")
        if "code" in placeholders(self.subject):
            raise ValueError("a code must not stand in a subject: it is shown on locked screens and in lists of mails")
        return self

    def filled(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Subject and body with these values; what is not given counts as empty."""
        known = dict.fromkeys(PLACEHOLDERS, "") | {name: value.strip() for name, value in values.items()}
        lines = (line for line in self.body.splitlines() if all(known[name] for name in placeholders(line)))
        return " ".join(self.subject.format_map(known).split()), "\n".join(lines).format_map(known).strip()


class Notices(PolicyPart):
    """Every text of a pack. An occasion without texts is told by a person."""

    texts: tuple[NoticeText, ...] = ()

    def text(self, language: str, occasion: str, channel: str) -> NoticeText | None:
        """The text for an occasion, the channel's own if there is one; None when the pack has none for it."""
        fitting = [
            one
            for one in self.texts
            if (one.language, one.occasion) == (language, occasion) and one.channel in {None, channel}
        ]
        return min(fitting, key=lambda one: one.channel is None, default=None)

    def problems(self) -> Iterator[str]:
        """What is missing or there twice: an occasion is told in every language, once a channel."""
        named: Iterator[tuple[str, str, str | None]] = ((one.occasion, one.language, one.channel) for one in self.texts)
        times = Counter(named)
        for (occasion, language, channel), count in times.items():
            if count > 1:
                where = f" by {channel}" if channel else ""
                yield f"{count} texts for {occasion} in {language}{where}: there must be one"
        for occasion in dict.fromkeys(one.occasion for one in self.texts):
            for tongue in LANGUAGES:
                if not times[occasion, tongue, None]:
                    yield f"no text without channel for {occasion} in {tongue}: add one"
