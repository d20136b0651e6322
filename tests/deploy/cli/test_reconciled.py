"""What `intake reconcile` tells, in each language: nothing is left out, and what is codes stays codes."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from deploy.cli.reconciled import tell
from operations.ledger.offered import NOT_LISTED
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
from tests.deploy.cli.test_language import EN, HAN, ZH

AT = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
COMPLAINT = UUID(int=1)
NOTES = "30 not stored, the first 20 are named; bytes not compared: timed out"
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
        OfferedLine(source="web", account="", offered="not knowable", note=NOT_LISTED["web"]),
        OfferedLine(source="spool", account="gateway", offered=2, stored=2, note="2 deliveries wait for Kafka"),
        OfferedLine(source="mailbox", account="care", offered=8, stored=7, missing=("1/42",), note=NOTES),
    ),
    gaps=(GapLine(topic="classified", partition=0, first=1, last=10, noted_at=AT),),
    published_again_count=6,
)


@pytest.mark.parametrize(
    ("say", "words"),
    [
        (
            ZH,
            (
                "截止点 2026-11-22 12:30:00",
                "已到达：route；未到达：auditor",
                "received-3",
                "尚无",
                "处理中 in-flight",
                "1 小时 2 分",
                "等待 sender",
                "classified-0：有 10 条记录在登记之前已过保存期",
                "complaints.classified.v1 的记录",
                "环节 deduplicate 已处理 deduplicated 1@4711",
                str(COMPLAINT),
                "缺失：3，重复：0，其中 2 项未列出（见 --max）",
                "重新发布：6",
                "网页表单和接口",
                "无从得知",
                "台账从已保存算起",
                "2 批等待写入 Kafka",
                "1/42",
                "30 封未保存，列出前 20 封；未逐字节比对：timed out",
            ),
        ),
        (
            EN,
            (
                "cut of 2026-11-22 12:30:00",
                "passed by route; not by auditor",
                "received-3",
                "nothing",
                "in-flight",
                "1 h 2 min",
                "for sender",
                "classified-0: 10 records were gone before the ledger had them",
                "record in complaints.classified.v1",
                "deduplicate has passed deduplicated 1@4711",
                "missing: 3, twice: 0, 2 of them not shown: see --max",
                "torn: 6",
                "not knowable",
                "2 deliveries wait for Kafka",
                "1/42",
                "the first 20 are named; bytes not compared: timed out",
            ),
        ),
    ],
    ids=["zh", "en"],
)
def test_nothing_is_left_out(capsys: pytest.CaptureFixture[str], say: Wording, words: tuple[str, ...]) -> None:
    tell(REPORT, say)

    out = capsys.readouterr()
    told = out.err + out.out
    assert [one for one in words if one not in told] == []
    assert say is ZH or not HAN.search(told)
