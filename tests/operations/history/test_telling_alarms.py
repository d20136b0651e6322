"""What `intake show` says of a safety alarm, in Chinese."""

from datetime import UTC, datetime

from operations.history import acting, telling
from operations.wording import Wording
from schemas.policy import load_pack
from schemas.task import TaskKind
from tests.schemas.making import complaint
from workers.alarm.deciding import raise_alarm
from workers.text.safety import Sign

SAY = Wording(load_pack(), "zh")


def test_an_alarm_tells_who_looks_by_when_and_what_is_preserved() -> None:
    one = complaint()
    raised = raise_alarm(load_pack(), one, [Sign("safety.illness", "身体不适", "quality")], one.received_at, None)

    told = telling.alarmed(SAY, raised.model_dump(mode="json"))

    assert told.startswith("安全警报：通知食品安全员、质量经理、值班经理，须在 2026-11-22 15:46:00 前有人查看")
    assert "须保全：事发时段的监控录像（2026-11-23 15:31:00 前）" in told
    assert told.endswith("规则包 default@1")


def test_the_task_of_an_alarm_is_to_be_taken_by_then() -> None:
    due = datetime(2026, 11, 22, 7, 46, tzinfo=UTC)

    told = acting.to_do(SAY, TaskKind.SAFETY_ALARM, due, None)

    assert told == "人工任务：安全警报：立即查看并保全证据，须在 2026-11-22 15:46:00 前有人接手"
