"""What a pack would do with one complaint: every rule that fires, in the order of the stages. Nothing is written."""

import json
from collections.abc import Iterator
from datetime import datetime

from pydantic import ValidationError

from operations.evidence import meaning
from operations.vocabulary import Lang
from operations.wording import Wording
from schemas.complaint import Complaint, RawRef, Stated
from schemas.errors import InvalidRequest
from schemas.identity import complaint_id, first_case_id
from schemas.policy import PolicyPack
from schemas.policy.organisation import Resolver
from schemas.policy_lines import PolicyLine, PolicyWalk
from schemas.records import Classified, Deduplicated, Link, Verdict
from schemas.wrapping import wrap
from workers.classify import Understander, message_of
from workers.route import Route
from workers.route.decision import Routed
from workers.route.projection import Projection

_NO_KEY = b"explained, never sent: nothing here leads to anybody"


def asked_complaint(source: str, now: datetime) -> Deduplicated:
    """A complaint from what somebody typed: a text, a line of `intake understand`, or a record of a topic.

    Raises `InvalidRequest` for JSON that is none of these.
    """
    if not source.lstrip().startswith("{"):
        return _of_text({"text": source}, now)
    try:
        given = json.loads(source)
        if "case_id" in given:
            return Deduplicated.model_validate(given)
        return _as_new(Complaint.model_validate(given)) if "complaint_id" in given else _of_text(given, now)
    except json.JSONDecodeError as error:
        raise InvalidRequest(f"no JSON: {error.msg} at character {error.pos}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InvalidRequest(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _of_text(given: dict[str, object], now: datetime) -> Deduplicated:
    text = str(given.get("text", ""))
    known = {key: given[key] for key in ("subject", "entry", "sender", "referral", "received_at") if given.get(key)}
    basis = {
        "complaint_id": complaint_id("explained", "", "", text),
        "tracking_number": "none",
        "channel": given.get("channel") or "web",
        "account": "explained",
        "source_id": "explained",
        "received_at": now,
        "received_at_source": "explained",
        "ingested_at": now,
        "text": text,
        "stated": Stated.model_validate(given.get("stated") or {}),
        "raw": RawRef(sha256="0" * 64, size_bytes=len(text.encode(errors="replace"))),
    }
    return _as_new(Complaint.model_validate(basis | known))


def _as_new(complaint: Complaint) -> Deduplicated:
    case_id = first_case_id(complaint.complaint_id)
    return wrap(Deduplicated, complaint, case_id=case_id, case_seq=1, link=Link(verdict=Verdict.NEW))


def walk(
    complaint: Deduplicated, pack: PolicyPack, understander: Understander, places: Resolver | None, lang: Lang
) -> PolicyWalk:
    """Walk one complaint through classify and route by the rules of a pack."""
    understanding = understander.understand(message_of(complaint))
    classified = wrap(Classified, complaint, understanding=understanding)
    decision = Route(pack, _NO_KEY, places).alone(classified)
    own_class = pack.class_of(understanding.primary)
    review = Projection(classified, _NO_KEY, located=decision.located).review(decision)
    return PolicyWalk(
        pack=pack.reference,
        organisation=places.organisation.reference if places else None,
        lang=lang,
        received_at=complaint.received_at,
        steps=tuple(_steps(Wording(pack, lang), classified, decision)),
        kind=understanding.kind,
        category=understanding.primary,
        case_class=own_class.code if own_class else None,
        severity=understanding.severity,
        urgency=understanding.urgency,
        safety=understanding.safety,
        department=decision.department,
        copies=decision.copies,
        informed=tuple(dict.fromkeys(role for one in decision.raised for role in one.informed)),
        judge=decision.accused.judge.role if decision.accused else None,
        store_code=decision.located.code if decision.located else None,
        clocks=decision.clocks,
        needs_review=decision.review,
        review_reasons=review.reasons if decision.review else (),
    )


def _steps(say: Wording, complaint: Classified, decision: Routed) -> Iterator[PolicyLine]:
    understood = complaint.understanding
    section = say.pick("1 理解", "1 understood")
    for one in understood.evidence:
        points = say.pick(f"（{one.points:+.1f}）", f" ({one.points:+.1f})") if one.points is not None else ""
        yield PolicyLine(section=section, rule_id=one.rule, says=f"{meaning(say, one)}{points}")
    kind = say.pick("性质：", "kind: ") + say.called(understood.kind)
    named = map(say.category, (understood.primary, *understood.secondary))
    category = say.pick("类别：", "category: ") + say.together(named)
    levels = say.pick(
        f"严重程度 {understood.severity} 级，{say.called(understood.urgency)}",
        f"severity {understood.severity}, {say.called(understood.urgency)}",
    )
    yield PolicyLine(section=section, says=say.pick("；", "; ").join((kind, category, levels)))
    if decision.located is not None:
        place = decision.located
        says = say.pick(place.detail, f"store {place.code}" if place.code else "no place of the organisation file")
        yield PolicyLine(section=say.pick("2 地点", "2 place"), rule_id=place.rule, says=says)
    section = say.pick("3 分派", "3 routed")
    copies = say.pick("，抄送", ", copies to ") + say.departments(decision.copies) if decision.copies else ""
    yield PolicyLine(
        section=section, rule_id=decision.rule_id, says=f"→ {say.departments([decision.department])}{copies}"
    )
    if decision.accused is not None:
        judge = say.role(decision.accused.judge.role)
        says = say.pick(f"由{judge}处理（{decision.accused.reason}）", f"judged by {judge}")
        yield PolicyLine(section=section, rule_id=decision.accused.judge.rule_id, says=says)
    for raised in decision.raised:
        told = say.roles(raised.informed)
        says = say.pick(f"通知{told}（{raised.reason}）", f"told: {told} ({say.level(raised.level)})")
        yield PolicyLine(section=say.pick("4 升级", "4 escalated"), rule_id=raised.rule_id, says=says)
    for clock in decision.clocks:
        sure = say.pick("（暂定）", " (provisional)") if clock.provisional else ""
        info = say.pick("（仅供参考）", " (for us to know)") if clock.info else ""
        says = f"{say.clock(clock.clock)} → {say.moment(clock.due_at)}{sure}{info}"
        yield PolicyLine(section=say.pick("5 时限", "5 clocks"), rule_id=clock.rule_id, says=says)
    if understood.needs_review or decision.review:
        says = say.pick("需人工复核：", "for a person to look at: ") + say.listed(understood.review_reasons)
        yield PolicyLine(section=say.pick("6 复核", "6 review"), says=says)
