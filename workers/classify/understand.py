"""Understanding a text: the interface that stays, and the understander that works from the rules of a pack."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from schemas.base import Instant, Text
from schemas.complaint import Stated
from schemas.normalise import Folded, fold
from schemas.policy import Facts, PolicyPack
from schemas.records import CategoryScore, Found, Understanding
from schemas.task import NOT_HEARD_YET, UNHEARD
from workers.classify.combining import Combinations
from workers.classify.explain import Explainer
from workers.classify.lexicon import Lexicon, Role
from workers.classify.negation import Polarity, most_specific
from workers.classify.raising import Danger, boxes, dangers, largest_amount, raised
from workers.classify.scoring import Scores, kind_of, score
from workers.text.extract import extract

MOST_CHARS = 4_000
"""Rules read the beginning of a text; what a complaint is about stands there."""


@dataclass(frozen=True, slots=True)
class Message:
    """What an understander looks at. Spans in its answer count code points of `text`.

    `words_may_come`: a person still has to listen or to call back; without words nothing is known of it yet.
    """

    text: str
    subject: str | None = None
    stated: Stated = field(default_factory=Stated)
    channel: str = ""
    entry: str = ""
    verdict: str = "new"
    automatic: bool = False
    referral: bool = False
    attachments: int = 0
    words_may_come: bool = False
    received_at: datetime | None = None


class Understander(Protocol):
    """Tells what a message is about. Pure: the same message gives the same answer."""

    def understand(self, message: Message) -> Understanding:
        """Understand one message; never fails, says `other` with a reason to review when it cannot tell."""
        ...


class RuleUnderstander:
    """Understands by the words and rules of a policy pack."""

    def __init__(self, pack: PolicyPack) -> None:
        self._pack = pack
        self._lexicon = Lexicon(pack)
        self._combinations = Combinations(pack)
        self._aliases = {fold(alias).text: c.code for c in pack.categories for alias in (*c.aliases, c.code)}

    def understand(self, message: Message) -> Understanding:
        """Understand one message by its words; see `Understander`."""
        body = fold(message.text[:MOST_CHARS])
        if message.automatic:
            return self._without_words("automatic", needs_review=False)
        if not body.text.strip() and not (message.subject or "").strip():
            if message.words_may_come:
                return self._without_words(NOT_HEARD_YET, needs_review=True, category=UNHEARD)
            return self._without_words("only_attachments" if message.attachments else "empty", needs_review=True)
        return self._by_words(message, body)

    def _without_words(self, reason: str, *, needs_review: bool, category: str = "other") -> Understanding:
        return Understanding(
            kind="other",
            categories=(CategoryScore(code=category, p=1.0),),
            primary=category,
            review_reasons=(reason,),
            needs_review=needs_review,
            policy=self._pack.reference,
        )

    def _by_words(self, message: Message, body: Folded) -> Understanding:
        pack = self._pack
        subject = fold((message.subject or "")[:MOST_CHARS]).text
        text = f"{subject}\n{body.text}" if subject else body.text
        body_start = len(text) - len(body.text)
        hits = self._lexicon.find(text)
        polarity = Polarity(pack.negation, hits, text)
        words = list(polarity.standing(most_specific(hits.of(Role.DEFECT, Role.TOPIC, Role.HINT))))
        words += polarity.standing(self._combinations.found(hits, text, words))
        stated = self._aliases.get(fold(message.stated.category or "").text.strip())
        harm = dangers(pack, hits, polarity.standing(hits.of(Role.SAFETY)))
        scores = score(
            [*words, *(one.as_topic() for one in harm if one.rule.category)], pack.weights, body_start, stated
        )
        kinds = list(polarity.standing(hits.of(Role.KIND)))
        kind = kind_of(pack, kinds, words, text, safety=bool(harm))
        fields = extract(body, message.received_at, pack.zone)
        named = {hit.word.owner: hit.term for hit in polarity.standing(hits.of(Role.TERM_SET))}
        facts = _facts(message, kind, scores, harm, fields, named)
        severity, urgency, reasons = raised(pack, facts)
        doubts = self._doubts(message, scores, kind, text, max((one.rule.p for one in harm), default=None))
        return Understanding(
            kind=kind,
            categories=scores.ranked,
            primary=scores.primary,
            secondary=scores.secondary,
            safety=bool(harm),
            safety_p=max((one.rule.p for one in harm), default=0.0),
            severity=severity,
            urgency=urgency,
            fields=fields,
            evidence=Explainer(pack, body, body_start).explain(words, kinds, kind, harm, named, stated)
            + tuple(reasons),
            needs_review=bool(doubts),
            review_reasons=doubts,
            policy=pack.reference,
        )

    def _doubts(
        self, message: Message, scores: Scores, kind: str, text: str, safety_p: float | None
    ) -> tuple[str, ...]:
        weights = self._pack.weights
        about_goods = kind in {"complaint", "other"}
        doubts = {
            "no_hit": scores.primary == "other" and about_goods,
            "low_confidence": scores.primary != "other" and scores.best_p < weights.review_below and about_goods,
            "narrow_margin": scores.primary != "other" and scores.margin < weights.review_margin and about_goods,
            "very_short": len("".join(text.split())) < weights.review_shorter_than,
            "safety_uncertain": safety_p is not None and safety_p < 0.8,
            "suspected_link": message.verdict == "suspected",
        }
        return tuple(reason for reason, holds in doubts.items() if holds)


def _facts(
    message: Message,
    kind: str,
    scores: Scores,
    harm: Sequence[Danger],
    fields: Mapping[str, tuple[Found, ...]],
    named: Mapping[str, str],
) -> Facts:
    """What the raising rules of the pack are asked about."""
    return Facts(
        kind=kind,
        category=scores.primary,
        channel=message.channel,
        entry=message.entry,
        verdict=message.verdict,
        safety=bool(harm),
        safety_rules=frozenset(one.rule.rule_id for one in harm),
        referral=message.referral,
        amount=largest_amount(fields.get("amount", ()), message.stated.amount),
        boxes=boxes(fields.get("quantity", ()), message.stated.quantity),
        terms=named,
    )


class TextLine(BaseModel):
    """One line of `intake understand`: unknown keys are accepted."""

    model_config = ConfigDict(extra="ignore")

    id: str | int | None = None
    text: Text = ""
    subject: Text | None = None
    stated: Stated = Stated()
    channel: str = ""
    entry: str = ""
    received_at: Instant | None = Field(
        None, description="Relative dates count from here; without it they are left out"
    )


def understand_line(understander: Understander, line: str) -> dict[str, Any]:
    """Answer one JSON line `{"id","text",…}` with the understanding's fields beside the id.

    Raises `pydantic.ValidationError` for a line that is not such an object.
    """
    asked = TextLine.model_validate_json(line)
    message = Message(
        text=asked.text,
        subject=asked.subject,
        stated=asked.stated,
        channel=asked.channel,
        entry=asked.entry,
        received_at=asked.received_at,
    )
    answer: dict[str, Any] = json.loads(understander.understand(message).model_dump_json(exclude_none=True))
    return {"id": asked.id, **answer}
