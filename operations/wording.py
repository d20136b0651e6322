"""What staff reads, in Chinese or English: names of codes, conditions, lengths of time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from operations.vocabulary import CLOCK_NAMES, HAN, NAMES, Lang, in_chinese
from schemas.policy import PolicyPack, When
from schemas.policy.base import Titles
from schemas.policy.clocks import ClockRule, EndOfDay, Span, Written

T = TypeVar("T")

_SHOWN_TERMS = 4
_YES_NO: Mapping[str, Mapping[bool, tuple[str, str]]] = {
    "safety": {True: ("涉及安全", "safety is at stake"), False: ("不涉及安全", "safety is not at stake")},
    "referral": {
        True: ("由监管部门转办", "referred by an authority"),
        False: ("不是监管转办", "not referred by an authority"),
    },
    "systemic": {
        True: ("涉及多名顾客", "several customers are affected"),
        False: ("只涉及一名顾客", "one customer only"),
    },
}
_LISTS: Mapping[str, tuple[str, str]] = {
    "kinds": ("性质为{}", "the kind is {}"),
    "categories": ("类别为{}", "the category is {}"),
    "channels": ("渠道为{}", "it came by {}"),
    "entries": ("录入方式为{}", "it was entered as {}"),
    "verdicts": ("关联判断为{}", "linking says {}"),
    "urgencies": ("紧急程度为{}", "the urgency is {}"),
    "severities": ("严重程度为 {} 级", "the severity is {}"),
    "safety_rules": ("安全规则{}命中", "the safety rule {} fired"),
    "referral_kinds": ("转办类型为{}", "the referral is a {}"),
    "terms": ("提到{}", "it has words of {}"),
    "customers": ("顾客属于{}名单", "the customer is on the list {}"),
}
_BOUNDS: Mapping[str, tuple[str, str]] = {
    "amount_at_least": ("金额达到 {} 元", "the amount is {} yuan or more"),
    "boxes_at_least": ("数量达到 {} 箱", "{} boxes or more"),
    "repeat_at_least": ("同一顾客同一问题第 {} 次及以上", "the same problem of this customer {} times or more"),
    "dissatisfaction_at_least": ("不满程度达到 {} 级", "dissatisfaction {} or more"),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """Says what a pack holds in one language."""

    pack: PolicyPack
    lang: Lang

    def pick(self, zh: T, en: T) -> T:
        """The words of the language."""
        return zh if self.lang == "zh" else en

    def coded(self, title: Titles, code: str) -> str:
        """A title with the code by which a pack is written."""
        return self.pick(f"{title.zh_hans}（{code}）", f"{title.en} ({code})")

    def called(self, code: object) -> str:
        """What people call a code, without the code: by custom, else by the pack."""
        written = str(code)
        if written in NAMES:
            return self.pick(*NAMES[written])
        titled: dict[str, Titles] = {one.code: one.title for one in self.pack.roles}
        titled |= {one.code: one.title for one in self.pack.departments}
        titled |= {one.code: one.title for one in self.pack.categories}
        return self.title(titled[written]) if written in titled else written

    def department(self, code: str) -> str:
        """What a department is called."""
        return next((self.title(one.title) for one in self.pack.departments if one.code == code), code)

    def category(self, code: str) -> str:
        """What a category is called."""
        found = self.pack.category(code)
        return self.title(found.title) if found else self.called(code)

    def role(self, code: str) -> str:
        """What a role is called."""
        return next((self.title(one.title) for one in self.pack.roles if one.code == code), self.called(code))

    def clock(self, code: str) -> str:
        """What a clock is called: by the pack, else by custom."""
        named = next((self.title(one.title) for one in self.pack.names.clocks if one.code == code), None)
        return named or (self.pick(*CLOCK_NAMES[code]) if code in CLOCK_NAMES else code)

    def level(self, code: str) -> str:
        """What a level of escalation is called."""
        named = next((self.title(one.title) for one in self.pack.names.levels if one.code == code), None)
        return named or self.called(code)

    def said(self, sentence: str) -> str:
        """A reason or state of the product in the language; those of a record are English."""
        return in_chinese(sentence) if self.lang == "zh" else sentence

    def moment(self, at: datetime) -> str:
        """A time where the pack is at home, to the second."""
        return at.astimezone(self.pack.zone).strftime("%Y-%m-%d %H:%M:%S")

    def title(self, title: Titles) -> str:
        """The words of a title in the language."""
        return title.of("zh-Hans") if self.lang == "zh" else title.en

    def departments(self, codes: Iterable[str]) -> str:
        """Departments one after the other: some are called like a category."""
        return self.together(map(self.department, codes))

    def roles(self, codes: Iterable[str]) -> str:
        """Roles one after the other."""
        return self.together(map(self.role, codes))

    def together(self, words: Iterable[str]) -> str:
        """Words one after the other."""
        return self.pick("、", ", ").join(words)

    def listed(self, codes: Iterable[object]) -> str:
        """Codes one after the other."""
        return self.together(map(self.called, codes))

    def condition(self, when: When) -> str:
        """A condition as a clause; without a key it always holds."""
        given = {key: value for key in type(when).model_fields if (value := getattr(when, key)) is not None}
        if not given:
            return self.pick("任何情况", "always")
        return self.pick("，且", " and ").join(self._clause(key, value) for key, value in given.items())

    def _clause(self, key: str, value: Any) -> str:
        if key in _YES_NO:
            return self.pick(*_YES_NO[key][value])
        if key in _BOUNDS:
            return self.pick(*_BOUNDS[key]).format(value)
        if key == "terms":
            return self.pick(*_LISTS[key]).format(self.pick("、", " or ").join(map(self._terms, value)))
        names = {"categories": self.category, "safety_rules": self._safety_rule}.get(key, self.called)
        known = self.pick(*_LISTS[key]) if key in _LISTS else f"{key}: {{}}"
        return known.format(self.pick("或", " or ").join(map(names, value)))

    def _safety_rule(self, rule_id: str) -> str:
        reason = next((rule.reason for rule in self.pack.safety if rule.rule_id == rule_id), rule_id)
        return self.pick(f"“{reason}”", rule_id)

    def _terms(self, name: str) -> str:
        quoted = self.terms(self.pack.term_sets.get(name, ()))
        return self.pick(f"{quoted}等词", f"{name} ({quoted})")

    def terms(self, terms: Sequence[str]) -> str:
        """Some of the words a rule looks for: those of the language, or how many there are in another."""
        own = [term for term in terms if bool(HAN.search(term)) == (self.lang == "zh")]
        if not own:
            return self.pick(f"{len(terms)} 个外文词", f"{len(terms)} words in Chinese")
        more = self.pick("…", " …") if len(terms) > min(len(own), _SHOWN_TERMS) else ""
        return self.together(f"“{term}”" for term in own[:_SHOWN_TERMS]) + more

    def due(self, rule: ClockRule) -> str:
        """How long a clock runs."""
        if isinstance(rule.due, Written):
            return self.pick("来文写明的日期", "the date in the referral")
        if isinstance(rule.due, EndOfDay):
            days = rule.due.end_of_day
            later = self.pick(f"{days} 天后的 24:00", f"24:00, {days} days later")
            return later if days else self.pick("当天 24:00", "24:00 of the same day")
        calendar = {
            "wall": "",
            "working-days": self.pick("（工作日）", " (working days)"),
            "calendar-days": self.pick("（自然日，逢休息日顺延）", " (calendar days, moved past days off)"),
        }
        return self.length(rule.due) + calendar[rule.calendar]

    def length(self, span: Span) -> str:
        """A length of time."""
        parts = [self.pick(f"{span.days} 天", f"{span.days} day{_s(span.days)}")] if span.days else []
        parts += [self.pick(f"{span.hours} 小时", f"{span.hours} hour{_s(span.hours)}")] if span.hours else []
        return " ".join(parts)


def _s(count: int) -> str:
    return "" if count == 1 else "s"
