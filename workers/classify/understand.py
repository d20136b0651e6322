"""Understanding a text: rules of the pack and the text model together, or the rules alone."""

from collections.abc import Mapping, Sequence

from schemas.normalise import Folded, fold
from schemas.policy import Facts, PolicyPack
from schemas.records import CategoryScore, Understanding
from schemas.task import NOT_HEARD_YET, UNHEARD
from workers.classify.deciding import Decision, by_both, by_rules
from workers.classify.doubting import doubts
from workers.classify.explain import Explainer
from workers.classify.message import Message
from workers.classify.model import TextModel
from workers.classify.raising import Counted, Danger, promise, raised
from workers.classify.rules import Rules, joined
from workers.text.extract import Catalogue, extract

MOST_CHARS = 4_000
"""Rules read the beginning of a text; what a complaint is about stands there."""


class TextUnderstander:
    """Understands by the words and rules of a policy pack and, where one is given, a text model."""

    def __init__(self, pack: PolicyPack, model: TextModel | None, catalogue: Catalogue | None = None) -> None:
        """`catalogue` holds the company's own names of stores and products, which texts are searched for."""
        self._pack = pack
        self._catalogue = catalogue
        self._model = model
        self._rules = Rules(pack)

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
        pack, model = self._pack, self._model
        text, body_start = joined(message.subject, body, MOST_CHARS)
        rules = self._rules.read(text, body_start, message.stated.category)
        explainer = Explainer(pack, text, body, body_start)
        if model is None:
            decision = by_rules(rules, pack.weights)
            evidence = explainer.by_rules(rules, decision.kind)
            why = doubts(message, text, decision, rules, pack.weights, None)
        else:
            reading = model.read(text)
            decision = by_both(rules, reading, model.description, pack.weights)
            why = doubts(message, text, decision, rules, pack.weights, (model.description, reading))
            alarm = decision.safety and not rules.harm
            evidence = explainer.by_rules(rules, decision.kind)
            evidence += explainer.by_model(model, reading, decision, alarm=alarm)
        fields = extract(body, message.received_at, pack.zone, self._catalogue)
        counted = Counted(pack.counting, pack.zone, message.text, fields, message.stated)
        facts = _facts(message, decision, rules.harm, counted, rules.named, pack)
        severity, urgency, reasons = raised(pack, facts)
        promises = promise(pack, facts, severity, urgency, message.received_at)
        return Understanding.model_validate(
            {
                "kind": decision.kind,
                "kind_p": None if decision.kind_p is None else round(decision.kind_p, 4),
                "categories": [{"code": code, "p": round(p, 4)} for code, p in decision.ranked],
                "primary": decision.primary,
                "secondary": decision.secondary,
                "safety": decision.safety,
                "safety_p": round(decision.safety_p, 4),
                "severity": severity,
                "urgency": urgency,
                "fields": fields,
                "evidence": (*evidence, *reasons),
                "needs_review": bool(why),
                "review_reasons": why,
                "policy": pack.reference,
                "dissatisfaction": decision.dissatisfaction,
                "model": model.name if model else None,
                "promise": promises.clock if promises else None,
                "answer_owed": None if promises is None or promises.answer_owed else False,
            }
        )


class RuleUnderstander(TextUnderstander):
    """Understands by the words and rules of a policy pack alone."""

    def __init__(self, pack: PolicyPack) -> None:
        super().__init__(pack, None)


def _facts(
    message: Message,
    decision: Decision,
    harm: Sequence[Danger],
    counted: Counted,
    named: Mapping[str, str],
    pack: PolicyPack,
) -> Facts:
    """What the raising rules of the pack are asked about."""
    return Facts(
        kind=decision.kind,
        category=decision.primary,
        channel=message.channel,
        entry=message.entry,
        verdict=message.verdict,
        safety=decision.safety,
        safety_rules=frozenset(one.rule.rule_id for one in harm),
        referral=message.referral,
        amount=counted.amount,
        boxes=counted.boxes,
        terms=named,
        repeat_count=message.repeat_count,
        systemic=message.systemic,
        dissatisfaction=decision.dissatisfaction,
        written_due=message.written_due,
        customer=pack.customers.standing(message.known_as),
    )
