"""The samples of the demo are what the vendors send: each is read as what its name says."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.contract import Numbering
from connectors.phone import Phone
from connectors.phone.calls import Calls
from connectors.phone.sms import Sms
from schemas.inbound import Inbound, ParsedAddition, ParsedComplaint, ParsedItem

SAMPLES = Path(__file__).parents[3] / "deploy" / "demo" / "phone"
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
NUMBERING, KEY = Numbering(b"0123456789abcdef0123456789abcdef"), b"pseudonym-key-of-the-tests-000000"
PHONE = Phone([Sms(NUMBERING, KEY, {}), Calls(NUMBERING, KEY, {})])


def items(name: str) -> list[ParsedItem]:
    """What is in a sample."""
    body = (SAMPLES / name).read_bytes()
    return list(PHONE.read(Inbound("phone", "demo", body, NOW, "gateway", NOW, "application/json")))


def test_two_sms_are_two_complaints_in_chinese() -> None:
    found = [one.complaint for one in items("1-two-sms.aliyun.json") if isinstance(one, ParsedComplaint)]

    assert [one.language for one in found] == ["zh-Hans", "zh-Hans"]
    assert len({one.tracking_number for one in found}) == 2


@pytest.mark.parametrize(
    ("name", "task", "subject"),
    [
        ("2-missed-call.aliyun.json", "call-back", "未接来电 13:02，排队时挂断"),
        ("3-answered-call.tencent.json", "listen-and-type", "来电 13:02，通话 3 分 12 秒，坐席 1007"),
    ],
)
def test_a_call_is_a_task_for_a_person(name: str, task: str, subject: str) -> None:
    [call] = items(name)

    assert isinstance(call, ParsedComplaint)
    assert (call.complaint.tasks, call.complaint.subject) == ((task,), subject)


def test_the_recording_belongs_to_the_answered_call() -> None:
    [call], [recording] = items("3-answered-call.tencent.json"), items("4-its-recording.tencent.json")

    assert isinstance(call, ParsedComplaint)
    assert isinstance(recording, ParsedAddition)
    assert recording.addition.complaint_id == call.complaint.complaint_id
