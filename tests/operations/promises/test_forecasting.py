"""The forecast: what is late at this rate, what stands still, and no alarm where nothing is known."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from operations.promises.forecasting import Flow, forecast
from operations.promises.owed import Awaits, Owed

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)  # 14:00 in Shanghai
HOUR = timedelta(hours=1)


def owed(left: timedelta, awaits: Awaits = Awaits.PIPELINE) -> Owed:
    due = NOW + left
    return Owed(uuid4(), "AAAA", "email", "care", due - 24 * HOUR, due, awaits)


def test_a_rate_that_is_fast_enough_makes_none_late() -> None:
    found = forecast([owed(2 * HOUR), owed(3 * HOUR)], NOW, Flow(1.0))

    assert (found.late, found.first_at) == (0, None)
    assert found.said.zh == "按目前速度，没有投诉会超时"


def test_a_queue_that_is_longer_than_its_time_says_how_many_and_the_first_when() -> None:
    queue = [owed(2 * HOUR + timedelta(minutes=40)) for _ in range(10)]

    found = forecast(queue, NOW, Flow(3 / 3600))

    assert found.late == 2
    assert found.said.en == "at this rate 2 will breach, the first at 16:40"


def test_a_rate_of_nothing_is_said_as_it_is() -> None:
    found = forecast([owed(2 * HOUR)], NOW, Flow(0.0))

    assert found.late == 1
    assert "过去一小时没有发出任何回执" in found.said.zh


def test_what_has_just_come_says_nothing_about_the_rate() -> None:
    just_come = owed(24 * HOUR - timedelta(minutes=1))

    assert forecast([just_come], NOW, Flow(0.0)).late == 0
    assert forecast([just_come] * 50, NOW, Flow(1 / 3600)).late == 0


def test_a_pipeline_that_stands_is_saved_by_the_sweeper_unless_that_stands_too() -> None:
    waiting = [owed(5 * HOUR)]

    assert forecast(waiting, NOW, Flow(0.0, pipeline_stands=True)).late == 0
    assert forecast(waiting, NOW, Flow(0.0, pipeline_stands=True, sweeper_stands=True)).late == 1
    assert forecast(waiting, NOW, Flow(1.0, sender_stands=True)).late == 1


def test_what_waits_for_a_person_will_be_late_if_nobody_acts() -> None:
    found = forecast([owed(HOUR, Awaits.PERSON)], NOW, Flow(5.0))

    assert found.late == 1
    assert "若无人处理将超时，第一件在 15:00" in found.said.zh


def test_too_short_a_watch_says_so() -> None:
    assert "暂不能预测" in forecast([owed(HOUR)], NOW, Flow(None)).said.zh


def test_what_is_late_already_is_no_forecast() -> None:
    assert forecast([owed(-HOUR)], NOW, Flow(0.0)).late == 0
