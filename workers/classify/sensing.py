"""The sense of danger by itself: safety rules of the pack and, where one is given, the safety head of the model."""

from collections.abc import Iterator

from schemas.normalise import fold
from schemas.policy import PolicyPack
from workers.classify.deciding import model_safety
from workers.classify.lexicon import Lexicon, Role
from workers.classify.model import TextModel
from workers.classify.negation import Polarity
from workers.classify.raising import dangers
from workers.classify.rules import joined
from workers.text.safety import Sign

MOST_CHARS = 20_000
"""More than understanding reads: whoever was hurt may say so at the end of a long letter."""
BY_MODEL = "safety.model"


class DangerSense:
    """A `SafetySense`: one word of a safety rule is enough, unless it is taken back; the model may only add."""

    def __init__(self, pack: PolicyPack, model: TextModel | None = None) -> None:
        self._pack = pack
        self._model = model
        self._lexicon = Lexicon(pack)

    def __call__(self, subject: str | None, text: str) -> tuple[Sign, ...]:
        """The signs of danger in a message, each rule once."""
        return tuple(self._signs(subject, text))

    def _signs(self, subject: str | None, text: str) -> Iterator[Sign]:
        body = fold(text[:MOST_CHARS])
        whole, body_start = joined(subject, body, MOST_CHARS)
        hits = self._lexicon.find(whole)
        polarity = Polarity(self._pack.negation, hits, whole)
        found = dangers(self._pack, hits, polarity.standing(hits.of(Role.SAFETY)))
        for one in found:
            is_in_body = one.hit.start >= body_start
            start, end = body.span(one.hit.start - body_start, one.hit.end - body_start) if is_in_body else (None, None)
            yield Sign(one.rule.rule_id, one.rule.reason, one.rule.category, start, end)
        if not found and self._model is not None and whole.strip():
            about = self._model.description
            if model_safety(self._model.read(whole), about) >= about.thresholds.safety:
                yield Sign(BY_MODEL, "模型判断可能涉及人身或食品安全")
