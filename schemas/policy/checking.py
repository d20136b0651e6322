"""What one part of a pack says about another must be true: every name that is used is declared, none twice."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.policy.acknowledging import INSTEAD, Variant
from schemas.policy.base import LANGUAGES
from schemas.policy.declaring import declared
from schemas.policy.monotone import only_raising
from schemas.policy.pack import PolicyPack
from schemas.policy.rules import When

Problem = tuple[tuple[str | int, ...], str]


def check(pack: PolicyPack) -> Iterator[Problem]:
    """Yield (location, what is wrong and what to do) for each broken reference of a pack."""
    yield from _time_zone(pack)
    yield from _twice(pack)
    yield from _departments(pack)
    for location, when in _conditions(pack):
        yield from _condition(pack, location, when)
    yield from _safety(pack)
    yield from _temper(pack)
    yield from _quantities(pack)
    yield from only_raising(pack)
    yield from _clocks(pack)
    yield from _texts(pack)
    yield from ((("notices", "texts"), problem) for problem in pack.notices.problems())
    yield from declared(pack)


def _time_zone(pack: PolicyPack) -> Iterator[Problem]:
    try:
        ZoneInfo(pack.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield ("time_zone",), f"no time zone {pack.time_zone!r}: use one like Asia/Shanghai"


def _twice(pack: PolicyPack) -> Iterator[Problem]:
    named: tuple[tuple[str, Iterable[str]], ...] = (
        ("kinds", (kind.code for kind in pack.kinds)),
        ("categories", (category.code for category in pack.categories)),
        ("departments", pack.department_codes),
        ("safety", (rule.rule_id for rule in pack.safety)),
        ("severity", (rule.rule_id for rule in pack.severity)),
        ("urgency", (rule.rule_id for rule in pack.urgency)),
        ("routing", (rule.rule_id for rule in pack.routing)),
        ("escalation", (rule.rule_id for rule in pack.escalation)),
        ("accused", (rule.rule_id for rule in pack.accused)),
        ("roles", (role.code for role in pack.roles)),
        ("classes", (one.code for one in pack.classes)),
        ("approvals", (rule.rule_id for rule in pack.approvals)),
        ("follow_up", (rule.rule_id for rule in pack.follow_up)),
        ("reports", (one.code for one in pack.reports)),
        ("clocks", (rule.rule_id for rule in pack.clocks)),
        ("promises", (rule.rule_id for rule in pack.promises)),
        ("clusters", (rule.by for rule in pack.clusters)),
        ("quick_notices", (notice.number for notice in pack.quick_notices)),
        ("safety_alarm", (thing.what for thing in pack.safety_alarm.preserve)),
    )
    for section, names in named:
        for name, times in Counter(names).items():
            if times > 1:
                yield (section,), f"{name!r} is declared {times} times: give each its own name"
    for section, code in (("kinds", "other"), ("kinds", "complaint"), ("categories", "other")):
        if code not in {item.code for item in (pack.kinds if section == "kinds" else pack.categories)}:
            yield (section,), f"{code!r} is missing: it is what remains when nothing else fits"


def _departments(pack: PolicyPack) -> Iterator[Problem]:
    known = set(pack.department_codes)
    for index, notice in enumerate(pack.quick_notices):
        for department in set(notice.copies) - known:
            yield ("quick_notices", index), f"no department {department!r}: declare it or use one of {sorted(known)}"
    for index, rule in enumerate(pack.routing):
        for department in (rule.responsible, *rule.copies):
            if department not in known:
                yield ("routing", index), f"no department {department!r}: declare it or use one of {sorted(known)}"
    for index, accused in enumerate(pack.accused):
        if accused.responsible is not None and accused.responsible not in known:
            yield ("accused", index), f"no department {accused.responsible!r}: use one of {sorted(known)}"
    if not any(rule.when == When() for rule in pack.routing):
        yield ("routing",), "no rule without a condition: the last one must catch everything, so nothing is lost"


def _safety(pack: PolicyPack) -> Iterator[Problem]:
    for index, rule in enumerate(pack.safety):
        if rule.category is not None and pack.category(rule.category) is None:
            yield ("safety", index, "category"), f"no category {rule.category!r}: declare it or leave the key out"
        for code in rule.never:
            if pack.category(code) is None:
                yield ("safety", index, "never"), f"no category {code!r}: declare it or leave it out"


def _temper(pack: PolicyPack) -> Iterator[Problem]:
    for name in pack.temper.furious_terms:
        if name not in pack.term_sets:
            yield ("temper", "furious_terms"), f"{name!r} is not declared: use one of {sorted(pack.term_sets)}"


def _conditions(pack: PolicyPack) -> Iterator[tuple[tuple[str | int, ...], When]]:
    for section in (
        "severity", "urgency", "routing", "escalation", "accused", "approvals", "follow_up", "promises",
    ):  # fmt: skip
        for index, rule in enumerate(getattr(pack, section)):
            yield (section, index, "when"), rule.when
    for index, clock in enumerate(pack.clocks):
        yield ("clocks", index, "applies_if"), clock.applies_if
    for index, thing in enumerate(pack.safety_alarm.preserve):
        yield ("safety_alarm", "preserve", index, "when"), thing.when


def _condition(pack: PolicyPack, location: tuple[str | int, ...], when: When) -> Iterator[Problem]:
    known: dict[str, set[str]] = {
        "kinds": {kind.code for kind in pack.kinds},
        "categories": {category.code for category in pack.categories},
        "terms": set(pack.term_sets),
        "safety_rules": {rule.rule_id for rule in pack.safety},
    }
    for key, names in known.items():
        for name in getattr(when, key) or ():
            if name not in names:
                yield (*location, key), f"{name!r} is not declared: use one of {sorted(names)}"


def _quantities(pack: PolicyPack) -> Iterator[Problem]:
    """Amounts and boxes set the severity; other rules ask for the severity, so one number decides in one place."""
    for location, when in _conditions(pack):
        asks = when.amount_at_least is not None or when.boxes_at_least is not None
        if asks and location[0] not in {"severity", "urgency"}:
            yield location, "amounts and boxes are asked for in severity and urgency rules only: use severities here"


def _clocks(pack: PolicyPack) -> Iterator[Problem]:
    names = {rule.clock for rule in pack.clocks}
    for key in ("promised_clock", "promised_clock_unclassified"):
        clock = getattr(pack.acknowledgement, key)
        if clock not in names:
            yield ("acknowledgement", key), f"no clock {clock!r}: use one of {sorted(names)}"

    for index, rule in enumerate(pack.promises):
        if rule.clock is not None and rule.clock not in names:
            yield ("promises", index, "clock"), f"no clock {rule.clock!r}: use one of {sorted(names)}"


def _texts(pack: PolicyPack) -> Iterator[Problem]:
    needed = {Variant.NOTED} if any(rule.clock is None for rule in pack.promises) else set()
    for language, variant in product(LANGUAGES, Variant):
        fitting = [
            t for t in pack.acknowledgement.texts if (t.language, t.variant, t.channel) == (language, variant, None)
        ]
        if not fitting and variant in INSTEAD and variant not in needed:
            continue
        if len(fitting) != 1:
            yield (
                ("acknowledgement", "texts"),
                f"{len(fitting)} texts without channel for {language}, {variant.value}: there must be one",
            )
