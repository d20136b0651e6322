"""Who is told what, when: once, again after hours, not at night, and once when it is over."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from operations.alerts.deciding import Alert, Message, messages, pushed, recovered
from operations.alerts.wording import body, title
from operations.findings import Level
from operations.saying import Said
from schemas.settings.alerts import AlertSettings, AlertTarget
from schemas.settings.answering import QuietHours

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
NIGHT = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)  # 00:00 in Shanghai


def alert(level: Level = Level.RED, **changes: Any) -> Alert:
    words = Said("邮箱 care", "mailbox care"), Said("密码被拒绝", "password refused"), Said("改密码", "set it")
    return Alert(1, "channel:email:care", level, NOON - timedelta(minutes=1), *words, 4, **changes)


def settings(**targets: Any) -> AlertSettings:
    made = {name: AlertTarget(url=SecretStr("json://127.0.0.1"), **fields) for name, fields in targets.items()}
    return AlertSettings(targets=made)


def told(alerts: list[Alert], to: AlertSettings, now: datetime) -> list[tuple[str, bool]]:
    return [(one.target, one.recovery) for one in messages(alerts, to, now)]


def test_each_target_is_told_once_and_again_after_hours_while_it_stands() -> None:
    both = settings(a={}, b={"levels": ("amber",)})
    known = alert(told={"a": NOON})

    assert told([alert()], both, NOON) == [("a", False)]
    assert told([known], both, NOON + timedelta(hours=3, minutes=59)) == []
    assert told([known], both, NOON + timedelta(hours=4)) == [("a", False)]


def test_quiet_hours_hold_back_amber_and_never_red() -> None:
    sleeping = settings(a={"quiet_hours": QuietHours()})

    assert told([alert(Level.AMBER)], sleeping, NIGHT) == []
    assert told([alert(Level.AMBER)], sleeping, NOON) == [("a", False)]
    assert told([alert(Level.RED)], sleeping, NIGHT) == [("a", False)]


def test_whoever_was_told_is_told_once_that_it_is_over() -> None:
    both = settings(a={}, b={})
    over = alert(told={"a": NOON}, closed_at=NOON)

    assert told([over], both, NOON) == [("a", True)]
    assert not recovered(over, both)
    assert recovered(alert(told={"a": NOON}, closed_at=NOON, recovery_told={"a": NOON}), both)
    assert recovered(alert(told={"gone": NOON}, closed_at=NOON), both)


def test_what_nobody_was_told_of_ends_without_a_word() -> None:
    unknown = alert(closed_at=NOON)

    assert told([unknown], settings(a={}), NOON) == []
    assert recovered(unknown, settings(a={}))


def test_an_event_of_a_role_goes_to_its_targets_alone_and_once() -> None:
    both = settings(a={}, b={})
    event = alert(only=("b",))

    assert told([event], both, NOON) == [("b", False)]
    assert not pushed(event, both)
    assert told([alert(only=("b",), told={"b": NOON})], both, NOON + timedelta(hours=9)) == []
    assert pushed(alert(only=("b",), told={"b": NOON}), both)


def test_a_target_that_takes_nothing_is_not_told_of_itself() -> None:
    itself = Alert(1, "target:a", Level.AMBER, NOON, Said("", ""), Said("", ""), Said("", ""), 0)

    assert told([itself], settings(a={}, b={}), NOON) == [("b", False)]


def test_the_words_name_what_since_when_how_many_and_what_to_do() -> None:
    message = Message("a", (alert(),))

    assert title(message, "zh") == "[告警] 投诉受理：1 项"
    assert body(message, "zh", "https://x/ops") == (
        "密码被拒绝\n自 03-02 11:59 起，受影响投诉 4 件\n下一步：改密码\n\nhttps://x/ops"
    )
    assert title(Message("a", (alert(closed_at=NOON),), recovery=True), "en") == "[RECOVERED] complaint intake: 1"


def test_many_findings_are_one_message_that_says_how_many_more_there_are() -> None:
    text = body(Message("a", (alert(),) * 14), "en", "p")

    assert text.count("password refused") == 10
    assert "… 4 more" in text


def test_roles_are_named_as_in_the_pack_whatever_a_variable_can_hold() -> None:
    assert AlertSettings(roles={"quality_manager": ("a",)}).roles == {"quality-manager": ("a",)}
