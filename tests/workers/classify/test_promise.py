"""By when an answer is promised: by how urgent the message is in itself, in the pack's clocks, holidays included."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.acknowledgement import About, render_acknowledgement
from schemas.policy import Facts, PolicyPack, Variant, load_pack
from schemas.policy.checking import check
from schemas.policy.clocks import ClockRule, Span
from schemas.policy.customers import Customers
from schemas.policy.loading import shipped_packs
from schemas.policy.promising import PromiseRule
from schemas.records import Clock, Understanding
from tests.schemas.making import RECEIVED_AT
from workers.classify import Message, RuleUnderstander

PACK = load_pack()
LANGUAGES = ("zh-Hans", "zh-Hant", "en")


def promise(text: str, pack: PolicyPack = PACK, **more: Any) -> Clock:
    found = understood(text, pack, **more).promise
    assert found is not None
    return found


def understood(text: str, pack: PolicyPack = PACK, **more: Any) -> Understanding:
    return RuleUnderstander(pack).understand(Message(text, **{"received_at": RECEIVED_AT} | more))


def in_working_days(days: int) -> PolicyPack:
    """A company that promises ordinary cases in working days."""
    regular = ClockRule(
        clock="handle", rule_id="clock.days", stops_on="closed", due=Span(days=days), calendar="working-days"
    )
    urgent = next(rule for rule in PACK.clocks if rule.rule_id == "clock.handle_urgent")
    return PACK.model_copy(update={"clocks": (urgent, regular)})


def text(clock: Clock, language: str) -> str:
    about = About("0000-0000-0000-0", RECEIVED_AT, language, promise=clock)
    return render_acknowledgement(PACK, Variant.UNDERSTOOD, about, channel="web", status_url="https://x").text


@pytest.mark.parametrize(
    ("said", "clock", "within"),
    [
        ("牛奶过期了，喝了拉肚子", "handle", timedelta(hours=24)),
        ("衣服掉色，我要找媒体曝光", "handle", timedelta(hours=24)),
        ("空调不制冷，花了1200元", "complex", timedelta(hours=72)),
        ("衣服掉色", "handle", timedelta(days=7)),
        ("请问几点关门", "first-reply", timedelta(hours=24)),
        ("我要撤回投诉", "first-reply", timedelta(hours=24)),
    ],
)
def test_the_promise_follows_from_the_class_of_the_message(said: str, clock: str, within: timedelta) -> None:
    found = promise(said)

    assert (found.clock, found.due_at - RECEIVED_AT) == (clock, within)


def test_praise_is_promised_no_answer_and_whoever_asks_for_one_gets_a_date() -> None:
    praise, asked = understood("服务员特别热情，特意表扬一下"), understood("请问几点关门")

    assert (praise.kind, praise.promise, praise.answer_owed) == ("praise", None, False)
    assert (asked.kind, asked.answer_owed) == ("inquiry", None)


@pytest.mark.parametrize("pack", shipped_packs())
def test_what_is_promised_is_a_clock_that_the_pack_starts_for_the_kind(pack: str) -> None:
    rules = load_pack(Path(pack))
    for kind in rules.kinds:
        facts = Facts(kind=kind.code, channel="web", entry="form")

        promised, started = rules.promised(facts, RECEIVED_AT), rules.clocks_for(facts, RECEIVED_AT)

        assert promised.clock in started if promised.answer_owed else kind.code == "praise"


def test_the_date_written_in_a_referral_wins() -> None:
    due = RECEIVED_AT + timedelta(days=3)

    found = promise("衣服掉色", referral=True, channel="regulator_12315", written_due=due)

    assert (found.clock, found.rule_id, found.due_at) == ("referral-reply", "legal.written_due", due)


@pytest.mark.parametrize(
    "known",
    [
        {"verdict": "repeat"},
        {"verdict": "duplicate", "repeat_count": 3},
        {"repeat_count": 3},
        {"systemic": True},
        {"known_as": ("K-1",)},
    ],
)
def test_what_is_known_of_earlier_cases_never_shows_in_the_date(known: dict[str, Any]) -> None:
    pack = PACK.model_copy(update={"customers": Customers(key=("K-1",))})

    assert promise("衣服掉色", pack, **known) == promise("衣服掉色", pack)


@pytest.mark.parametrize(
    ("received", "days", "last_day"),
    [
        ("2026-09-30T10:00:00+08:00", 1, "2026-10-08"),
        ("2026-10-01T10:00:00+08:00", 2, "2026-10-09"),
        ("2026-11-20T17:30:00+08:00", 1, "2026-11-23"),
        ("2026-11-21T09:00:00+08:00", 5, "2026-11-27"),
    ],
)
def test_working_days_pass_over_holidays_and_weekends(received: str, days: int, last_day: str) -> None:
    found = promise("衣服掉色", in_working_days(days), received_at=datetime.fromisoformat(received))

    assert (found.due_at + timedelta(hours=8) - timedelta(minutes=1)).date().isoformat() == last_day
    assert not found.provisional


def test_what_is_urgent_does_not_wait_for_the_end_of_a_holiday() -> None:
    holiday = datetime.fromisoformat("2026-10-01T10:00:00+08:00")

    assert promise("吃了住院了", in_working_days(5), received_at=holiday).due_at - holiday == timedelta(hours=24)


def test_spring_festival_counts_no_day() -> None:
    before = datetime.fromisoformat("2026-02-13T10:00:00+08:00")

    found = promise("衣服掉色", in_working_days(2), received_at=before)

    assert found.due_at == datetime.fromisoformat("2026-02-25T00:00:00+08:00")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-Hans", "24:00（北京时间）（暂定"),
        ("zh-Hant", "24:00（北京時間）（暫定"),
        ("en", "(provisional: the public"),
    ],
)
def test_a_date_in_a_year_whose_holidays_are_not_announced_says_so(language: str, words: str) -> None:
    found = promise("衣服掉色", in_working_days(5), received_at=datetime(2026, 12, 30, 4, tzinfo=UTC))

    assert found.provisional
    assert words in text(found, language)


def test_the_text_names_the_promised_date_and_the_end_of_a_day_as_people_write_it() -> None:
    clock = Clock(clock="handle", rule_id="x", due_at=datetime(2026, 10, 8, 16, tzinfo=UTC))

    assert "我们会在 2026年10月8日（周四）24:00（北京时间）之前答复您" in text(clock, "zh-Hans")
    assert "by the end of Thursday, 8 October 2026 (Beijing time)" in text(clock, "en")
    assert all("暂定" not in text(clock, language) for language in LANGUAGES)


def test_a_promise_of_a_clock_that_does_not_exist_is_refused() -> None:
    pack = PACK.model_copy(update={"promises": (PromiseRule(rule_id="promise.x", clock="someday"),)})

    assert [location for location, _ in check(pack)] == [("promises", 0, "clock")]
