"""What `intake reconcile` tells, in each language: nothing is left out, and what is codes stays codes."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from deploy.cli.reconciled import tell
from operations.wording import Wording
from schemas.commands import (
    CutLine,
    GapLine,
    InFlightLine,
    LedgerFinding,
    OfferedLine,
    ReconcileReport,
    StateLine,
)
from schemas.policy import load_pack

AT = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
ZH, EN = Wording(load_pack(), "zh"), Wording(load_pack(), "en")
COMPLAINT = UUID(int=1)
REPORT = ReconcileReport(
    at=AT,
    caught_up=False,
    judged=True,
    cut=(
        CutLine(who="route", topic="classified", partition=0, noted=7, passed=7, reached=True),
        CutLine(who="auditor", topic="received", partition=3, noted=9, passed=None, reached=False),
    ),
    states=(
        StateLine(state="in-flight", count=4, oldest_age_s=3_723),
        StateLine(state="suspended", count=2),
        StateLine(state="dead-letter", count=0),
        StateLine(state="waiting-for-a-person", count=0),
        StateLine(state="done", count=5),
        StateLine(state="missing", count=3),
    ),
    in_flight=(InFlightLine(waits_for="sender", count=4, oldest_age_s=3_723),),
    missing=3,
    findings=(
        LedgerFinding(
            kind="missing",
            place="classified",
            holds="record",
            where="complaints.classified.v1",
            complaint_id=COMPLAINT,
            revision=1,
            tracking_number="7K3Q-AAAA-BBBB-C",
            detail="deduplicate has passed deduplicated 1@4711",
        ),
    ),
    offered=(
        OfferedLine(source="web", account="", offered="not knowable", note="nobody keeps a list"),
        OfferedLine(source="spool", account="gateway", offered=2, stored=2, note="2 deliveries wait for Kafka"),
        OfferedLine(source="mailbox", account="care", offered=8, stored=7, missing=("1/42",)),
    ),
    gaps=(GapLine(topic="classified", partition=0, first=1, last=10, noted_at=AT),),
    published_again_count=6,
)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> str:
    """Everything the command prints for a person, both streams."""
    tell(REPORT, request.param)
    out = capsys.readouterr()
    return out.err + out.out


@pytest.mark.parametrize("told", [ZH], indirect=True)
def test_in_chinese(told: str) -> None:
    for words in (
        "截止点 2026-11-22 12:30:00",
        "已到达：route；未到达：auditor",
        "received-3",
        "尚无",
        "处理中 in-flight",
        "1 小时 2 分",
        "等待 sender",
        "classified-0：有 10 条记录在登记之前已过保存期",
        "complaints.classified.v1 的记录",
        str(COMPLAINT),
        "缺失：3，重复：0，其中 2 项未列出（见 --max）",
        "重新发布：6",
        "网页表单和接口",
        "无从得知",
        "2 批等待写入 Kafka",
        "1/42",
    ):
        assert words in told


@pytest.mark.parametrize("told", [EN], indirect=True)
def test_in_english(told: str) -> None:
    for words in (
        "cut of 2026-11-22 12:30:00",
        "passed by route; not by auditor",
        "received-3",
        "nothing",
        "in-flight",
        "1 h 2 min",
        "for sender",
        "classified-0: 10 records were gone before the ledger had them",
        "record in complaints.classified.v1",
        "missing: 3, twice: 0, 2 of them not shown: see --max",
        "torn: 6",
        "not knowable",
        "2 deliveries wait for Kafka",
        "1/42",
    ):
        assert words in told
    assert not any("\u3400" <= letter <= "\u9fff" for letter in told)
