"""The scenarios of the stream: who writes when about what, and what was made to fool."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from deploy.training.stream.incidents import Happenings
from deploy.training.stream.model import Draft, Incident, Person
from deploy.training.stream.people import Town
from deploy.training.stream.settings import StreamSettings

_NONE: frozenset[str] = frozenset()
_SILENT = frozenset({"order", "date"})


class Episodes:
    """Writes one story after another; each gives the drafts of its messages."""

    def __init__(self, settings: StreamSettings, dice: Random, town: Town, happenings: Happenings) -> None:
        self._settings, self._dice = settings, dice
        self._town, self._happenings = town, happenings
        self._kinds: Mapping[str, Callable[[datetime], list[Draft]]] = {
            name: getattr(self, f"_{name}") for name in settings.episodes
        }

    def next(self) -> list[Draft]:
        """The drafts of one more story, of a kind drawn by the settings' rates."""
        dice, settings = self._dice, self._settings
        [name] = dice.choices([*self._kinds], [*settings.episodes.values()])
        at = settings.begins + timedelta(days=dice.random() * settings.days)
        return [replace(one, scenario=name) for one in self._kinds[name](self._waking(at))]

    def _single(self, at: datetime) -> list[Draft]:
        return [self._first(at, self._happenings.new(self._somebody(), at))]

    def _duplicate(self, at: datetime) -> list[Draft]:
        incident = self._happenings.new(self._somebody(), at)
        told = [self._first(at, incident)]
        for _ in range(self._dice.choice((1, 1, 1, 2, 3))):
            told.append(self._retold(told[0], incident))
        if self._dice.random() < self._settings.follow_up_after_duplicate:
            told.append(self._asked(told[-1].at, told[0].form, incident))
        return told

    def _follow_up(self, at: datetime) -> list[Draft]:
        incident = self._happenings.new(self._somebody(), at)
        told = [self._first(at, incident)]
        for _ in range(self._dice.choice((1, 1, 2))):
            told.append(self._asked(told[-1].at, told[0].form, incident))
        return told

    def _repeat(self, at: datetime) -> list[Draft]:
        return self._again(at, lambda: self._dice.choice((3, 5, 9, 15, 25, 40, 70)) + self._dice.random() * 4, _NONE)

    def _repeat_soon(self, at: datetime) -> list[Draft]:
        return self._again(at, lambda: 2 + self._dice.random() * 5, _SILENT)

    def _again(self, at: datetime, gap_days: Callable[[], float], without: frozenset[str]) -> list[Draft]:
        person = self._somebody()
        first = self._happenings.new(person, at)
        told = [replace(self._first(at, first), without=without)]
        for _ in range(self._dice.choice((1, 1, 2))):
            at = self._waking(at + timedelta(days=gap_days()))
            same = first.kernel if self._dice.random() < 0.75 else self._happenings.of_family(first.kernel.family)
            says = self._dice.random() < self._settings.says_again
            more = replace(self._happenings.new(person, at, kernel=same), again=says)
            if same is first.kernel and self._dice.random() < 0.5:
                more = replace(more, goods=first.goods, store=first.store)
            told.append(replace(self._first(at, more), without=without))
            if self._dice.random() < 0.15:
                told.append(self._retold(told[-1], more))
        return told

    def _relative(self, at: datetime) -> list[Draft]:
        incident = self._happenings.new(self._somebody(), at)
        first = self._first(at, incident)
        relative = self._town.newcomer()
        phone = incident.person.phone if self._dice.random() < 0.6 else None
        later = replace(self._retold(first, incident), writer=relative, order_no=incident.order_no)
        return [first, replace(later, sender_phones=(phone,)) if phone and later.form in {"web", "call"} else later]

    def _other_trouble(self, at: datetime) -> list[Draft]:
        person = self._somebody()
        first = self._happenings.new(person, at)
        later_at = self._waking(at + timedelta(days=self._dice.random() * 8))
        other = self._happenings.unlike(first, later_at)
        return [self._first(at, first), self._first(later_at, other)]

    def _co_victims(self, at: datetime) -> list[Draft]:
        one = self._happenings.new(self._somebody(), at, batch=True)
        cluster = self._happenings.cluster()
        return self._crowd(
            at, self._dice.randint(3, 8), lambda person, when: self._happenings.like(one, person, when, cluster)
        )

    def _hot_topic(self, at: datetime) -> list[Draft]:
        kernel, cluster = self._happenings.any_kernel(), self._happenings.cluster()

        def happens(person: Person, when: datetime) -> Incident:
            return replace(self._happenings.new(person, when, kernel=kernel), cluster=cluster)

        return self._crowd(at, self._dice.randint(5, 12), happens)

    def _crowd(self, at: datetime, count: int, happens: Callable[[Person, datetime], Incident]) -> list[Draft]:
        told: list[Draft] = []
        for _ in range(count):
            when = self._waking(at + timedelta(days=self._dice.random() * 6))
            incident = happens(self._somebody(), when)
            first = self._first(when, incident)
            told.append(first)
            if self._dice.random() < self._settings.twice_told:
                told.append(self._retold(first, incident))
        return told

    def _same_product_same_day(self, at: datetime) -> list[Draft]:
        one = self._happenings.new(self._somebody(), at)
        cluster = self._happenings.cluster()
        again = [self._happenings.like(one, self._town.newcomer(), at, cluster) for _ in range(2)]
        same = [replace(other, day=one.day, batch_no=None) for other in (replace(one, cluster=cluster), *again)]
        return [self._first(self._waking(at + timedelta(hours=self._dice.random() * 30)), other) for other in same]

    def _copied_text(self, at: datetime) -> list[Draft]:
        cluster, form = self._happenings.cluster(), self._dice.choice(("wechat", "web", "email"))
        one = self._happenings.new(self._somebody(), at)
        words = "求转发：" + "，".join(self._dice.choice(fact) for fact in one.kernel.facts)
        words = words.format(p=one.goods) + f"，{one.store}的{one.goods}大家别买了"
        told = []
        for _ in range(self._dice.randint(3, 6)):
            when = self._waking(at + timedelta(hours=self._dice.random() * 60))
            incident = self._happenings.like(one, self._town.newcomer(), when, cluster)
            told.append(replace(self._first(when, incident), form=form, text=words, without=_SILENT))
        return told

    def _family_phone(self, at: datetime) -> list[Draft]:
        one = self._town.newcomer()
        other = self._town.newcomer(phone=one.phone)
        later = self._waking(at + timedelta(days=self._dice.random() * 9))
        first = self._happenings.new(one, at)
        second = replace(self._happenings.unlike(first, later), person=other)
        return [self._first(at, first), self._first(later, second)]

    def _store_phone(self, at: datetime) -> list[Draft]:
        store = self._happenings.store()
        told = []
        for _ in range(self._dice.randint(2, 5)):
            when = self._waking(at + timedelta(days=self._dice.random() * 12))
            incident = replace(self._happenings.new(self._town.newcomer(), when), store=store)
            phones = (self._happenings.store_phones[store],)
            told.append(replace(self._first(when, incident), form="call", sender_phones=phones))
        return told

    def _victims_phone(self, at: datetime) -> list[Draft]:
        first = self._happenings.new(self._somebody(), at)
        later = self._waking(at + timedelta(days=self._dice.random() * 9))
        stranger = self._town.newcomer()
        other = replace(self._happenings.unlike(first, later), person=stranger)
        form = self._dice.choice(("web", "email"))
        return [
            self._first(at, first),
            replace(self._first(later, other), form=form, sender_phones=(first.person.phone,)),
        ]

    def _order_typo_stranger(self, at: datetime) -> list[Draft]:
        one = self._happenings.new(self._somebody(), at, order=True)
        later = self._waking(at + timedelta(days=self._dice.random() * 5))
        like = self._happenings.like(one, self._town.newcomer(), later, self._happenings.cluster())
        other = replace(like, order_no=self._typo(one.order_no or ""))
        return [replace(self._first(at, one), form="web"), replace(self._first(later, other), form="web")]

    def _order_typo_own(self, at: datetime) -> list[Draft]:
        incident = self._happenings.new(self._somebody(), at, order=True)
        first = replace(self._first(at, incident), form="web")
        return [first, replace(self._retold(first, incident), order_no=self._typo(incident.order_no or ""))]

    def _same_order_other_trouble(self, at: datetime) -> list[Draft]:
        first = self._happenings.new(self._somebody(), at, order=True)
        later = self._waking(at + timedelta(days=3 + self._dice.random() * 6))
        other = replace(self._happenings.unlike(first, later), order_no=first.order_no, store=first.store)
        return [replace(self._first(at, first), form="web"), replace(self._first(later, other), form="web")]

    def _typo(self, number: str) -> str:
        place = self._dice.randrange(len(number) - 4, len(number))
        digit = str((int(number[place]) + self._dice.randint(1, 9)) % 10)
        return number[:place] + digit + number[place + 1 :]

    def _somebody(self) -> Person:
        known = self._town.anybody() if self._dice.random() < self._settings.returning else None
        return known or self._town.newcomer()

    def _form(self, *, without: str = "") -> str:
        shares = {name: share for name, share in self._settings.channels.items() if name != without}
        return self._dice.choices([*shares], [*shares.values()])[0]

    def _first(self, at: datetime, incident: Incident) -> Draft:
        return Draft(at, incident, self._form(), "")

    def _retold(self, first: Draft, incident: Incident) -> Draft:
        hours = min(9 * 24.0, self._dice.lognormvariate(2.7, 1.2))
        form = self._form(without=first.form) if self._dice.random() < 0.75 else first.form
        return Draft(self._waking(first.at + timedelta(hours=hours)), incident, form, "")

    def _asked(self, last: datetime, form: str, incident: Incident) -> Draft:
        days = 0.02 if self._dice.random() < 0.15 else min(20.0, self._dice.lognormvariate(1.0, 0.8))
        form = form if self._dice.random() < 0.65 else self._form()
        form = self._form(without="referral") if form == "referral" else form
        return Draft(self._waking(last + timedelta(days=days)), incident, form, "", asks=True)

    def _waking(self, at: datetime) -> datetime:
        asleep = 16 <= at.hour < 23 and self._dice.random() < 0.9
        moved = at + timedelta(hours=8) if asleep else at
        return moved.replace(microsecond=0)
