"""The faults of the acceptance: each is named with object, since when, how many are at risk, and the next step."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from operations.findings import Finding, Level, Seen, look
from operations.findings.seen import Ending, Silence, Stop
from operations.heartbeats import Disk
from operations.lag.rows import Board, BoardRow, RowKind, RowState
from operations.saying import Said
from tests.operations.findings.looks import GATEWAY, IMAP, NOW, WORKER, changed, well, without

A_WHILE_AGO = NOW - timedelta(minutes=7)
REFUSED = {"ready": False, "not_ready_since": A_WHILE_AGO}


def only(seen: Seen) -> Finding:
    [finding] = look(seen)
    return finding


def test_where_all_is_well_nothing_is_said() -> None:
    assert look(well()) == []


def test_a_stopped_channel_is_named_and_starting_it_clears_it() -> None:
    stopped = changed("mailbox care", {"ended_at": A_WHILE_AGO, "beaten_at": A_WHILE_AGO, "facts": {"waiting": 4}})

    found = only(stopped)

    assert found.object == Said("邮箱 care", "mailbox care")
    assert found.said.zh == "邮箱 care：已停止（进程 intake connector imap @ node-1 正常结束）"
    assert found.since == A_WHILE_AGO
    assert found.at_risk == 4
    assert found.next_step.zh == "启动它：`intake connector imap`"
    assert found.command == "intake connector imap"


def test_a_channel_whose_process_was_killed_is_silent() -> None:
    found = only(without(IMAP))

    assert found.kind == "channel-silent"
    assert found.since == NOW - timedelta(minutes=5)
    assert "没有响应" in found.said.zh


def test_a_stage_that_stopped_for_a_person_is_named_with_its_reason_and_command() -> None:
    stopped = replace(well(), stops=[Stop("classify", "flood", A_WHILE_AGO, failed=20, seen=25)])

    found = only(stopped)

    assert found.said.zh == "环节 classify 已停下等人处理：最近 25 件中有 20 件失败"
    assert found.at_risk == 3
    assert found.command == "intake resume classify --reason …"


@pytest.mark.parametrize(
    ("state", "kind", "step"),
    [
        (RowState.STALLED, "stage-stalled", "重启进程 intake worker all @ node-1"),
        (RowState.NO_CONSUMER, "stage-without-consumer", "启动它：`intake worker route`"),
    ],
)
def test_a_stage_that_stands_still_is_named_from_the_board(state: RowState, kind: str, step: str) -> None:
    why = Said("最早一件等了 90 秒", "the oldest has waited for 90 s")
    row = BoardRow("stage:route", RowKind.STAGE, "route", Said("", ""), state, why, since=A_WHILE_AGO, waiting=12)

    found = only(replace(well(), board=Board(NOW, (row,))))

    assert (found.kind, found.at_risk, found.since) == (kind, 12, A_WHILE_AGO)
    assert found.next_step.zh == step


def test_a_worker_that_was_killed_is_one_finding_for_all_its_parts() -> None:
    found = only(without(WORKER))

    assert found.kind == "process-silent"
    assert found.command == "intake worker all"
    assert "deduplicate" in found.said.en
    assert found.at_risk == 3


def test_a_full_disk_is_named_once_with_what_is_left_and_how_much_to_free() -> None:
    seen = well()
    full = [replace(one, disks={"home": Disk(100 * 1024**2, 400 * 1024**3)}) for one in seen.beats]

    found = only(replace(seen, beats=full))

    assert found.kind == "disk-full"
    assert found.level is Level.RED
    assert found.said.zh == "机器 node-1 的磁盘（数据目录）只剩 100.0 MB，少于所需的 20.0 GB"
    assert found.next_step.zh == "在机器 node-1 上腾出至少 25.0 GB 空间"
    assert found.at_risk == 3


def test_a_full_disk_counts_what_stages_and_channels_hold_back_because_of_it() -> None:
    why = Said("", "")
    seen = well(board=Board(NOW, (BoardRow("s", RowKind.STAGE, "route", why, RowState.OK, why, waiting=5),)))
    full = Disk(1024**2, 400 * 1024**3)
    held: dict[str, dict[str, Any]] = {
        "route": {"ready": False, "detail": "waiting for object store"},
        "mailbox care": REFUSED | {"facts": {"cause": "disk-full", "waiting": 2}},
    }
    beats = [replace(one, disks={"home": full}, **held.get(one.part, {})) for one in seen.beats]

    found = next(one for one in look(replace(seen, beats=beats)) if one.kind == "disk-full")

    assert found.at_risk == 5 + 2


def test_a_wrong_mailbox_password_is_named_with_its_setting() -> None:
    refused = changed("mailbox care", {**REFUSED, "facts": {"cause": "wrong-password", "waiting": 0}})

    found = only(refused)

    assert found.said.zh == "邮箱 care：密码被拒绝，收不到新邮件"
    assert found.uncounted
    assert found.since == A_WHILE_AGO
    assert found.next_step.zh.startswith("把 INTAKE_MAILBOXES__CARE__PASSWORD 改为邮箱现在的密码")
    assert "intake connector imap @ node-1" in found.next_step.zh


def test_a_refused_token_is_named_with_its_setting() -> None:
    refused = changed("wechat shop", {**REFUSED, "facts": {"cause": "token-refused", "code": 40001}})

    found = only(refused)

    assert found.object.zh == "微信公众号 shop"
    assert "密钥或令牌被供应商拒绝或已过期" in found.said.zh
    assert "INTAKE_WECHAT__SHOP__APP_SECRET" in found.next_step.en


def test_an_expired_token_of_a_department_is_named_with_its_day() -> None:
    ended = replace(
        well(),
        endings=[
            Ending(
                "api-token",
                "quality",
                NOW - timedelta(days=1),
                "intake tokens add quality",
                "intake tokens revoke 1",
                4,
            )
        ],
    )

    found = only(ended)

    assert found.level is Level.RED
    assert found.said.zh == "令牌 quality 已于 2026-03-01 过期，对方系统的请求被拒绝（4 个未办结案件）"
    assert found.next_step.en.endswith("hand it to the system, then revoke the old one (`intake tokens revoke 1`)")
    assert found.at_risk == 4


@pytest.mark.parametrize(
    ("skew", "zh"), [(timedelta(hours=1), "快 1 小时"), (-timedelta(minutes=61, seconds=1), "慢 1 小时 1 分")]
)
def test_a_clock_that_is_an_hour_off_is_named_with_process_and_amount(skew: timedelta, zh: str) -> None:
    found = only(changed("gateway", {"skew": skew}))

    assert found.object.zh == "进程 intake gateway @ node-1 的时钟"
    assert f"比数据库{zh}" in found.said.zh
    assert found.next_step.zh == "校准机器 node-1 的时钟（`timedatectl set-ntp true`）"


def test_kafka_away_is_one_finding_and_not_one_for_each_part_that_waits() -> None:
    seen = well()
    waiting = [
        replace(
            one,
            ready=False,
            not_ready_since=A_WHILE_AGO,
            detail="waiting for kafka",
            facts={"state": "waiting for kafka"},
        )
        if one.program == "worker all" and one.part != "wechat shop"
        else one
        for one in seen.beats
    ]
    spooling = [
        replace(
            one,
            facts={
                "durable": "spool",
                "cause": "spooling",
                "spool_entries": 6,
                "spool_bytes": 10,
                "spool_max_bytes": 1000,
            },
        )
        if one.process_id == GATEWAY
        else one
        for one in waiting
    ]

    found = only(replace(seen, beats=spooling))

    assert found.kind == "kafka-away"
    assert found.at_risk == 9
    assert found.since == A_WHILE_AGO


def test_a_spool_that_fills_is_named_beside_kafka() -> None:
    facts = {"durable": "spool", "cause": "spooling", "spool_entries": 40, "spool_bytes": 800, "spool_max_bytes": 1000}

    found = {one.kind: one for one in look(changed("gateway", {"facts": facts}))}

    assert set(found) == {"kafka-away", "spool-filling"}
    assert found["spool-filling"].said.zh == "gateway 的暂存区已满 80%，有 40 批等待写入 Kafka"


@pytest.mark.parametrize(
    ("cause", "says", "step"),
    [
        ("spool-failed", "无法写入", "在机器 node-1 上腾出磁盘空间"),
        ("spool-full", "已达上限", "恢复 Kafka，暂存区会自动清空；否则调大 INTAKE_SPOOL__MAX_BYTES 并重启"),
    ],
)
def test_a_spool_that_takes_no_more_is_named_with_what_helps(cause: str, says: str, step: str) -> None:
    facts = {"durable": "spool", "cause": cause, "spool_entries": 40, "spool_bytes": 990, "spool_max_bytes": 1000}
    refusing = {"ready": False, "not_ready_since": A_WHILE_AGO, "facts": facts}

    found = {one.kind: one for one in look(changed("gateway", refusing))}

    assert says in found["spool-full"].said.zh
    assert found["spool-full"].next_step.zh == step
    assert found["channel-not-durable"].said.zh.endswith("既写不进 Kafka，也写不进暂存区，收到的内容被拒收（503）")


def test_a_part_that_reconnects_for_a_moment_is_not_named() -> None:
    moment = {"ready": False, "not_ready_since": NOW - timedelta(seconds=4), "detail": "rebuilding"}

    assert look(changed("sender", moment)) == []


def test_posts_to_a_department_that_stopped_are_named_with_what_waits_for_them() -> None:
    why = Said("", "")
    row = BoardRow("d", RowKind.DEPARTMENT, "quality", why, RowState.STALLED, why, group="a.webhook-quality", waiting=7)
    stopped = replace(well(), stops=[Stop("webhook-quality", "refused", A_WHILE_AGO)], board=Board(NOW, (row,)))

    found = next(one for one in look(stopped) if one.kind == "stage-stopped")

    assert (found.object.en, found.at_risk) == ("posting to Quality and food safety (webhook-quality)", 7)
    assert found.said.zh.startswith("发往质量与食品安全部的推送（webhook-quality）已停下等人处理")
    assert found.command == "intake resume webhook-quality --reason …"


def test_a_department_that_does_not_read_is_named_by_its_title_and_its_code_stands_once() -> None:
    why = Said("消费组没有成员", "the group has no member")
    row = BoardRow("d", RowKind.DEPARTMENT, "quality", why, RowState.NO_CONSUMER, why, waiting=7)

    found = only(replace(well(), board=Board(NOW, (row,))))

    assert found.object == Said("质量与食品安全部（quality）的系统", "system of Quality and food safety (quality)")
    assert found.said.zh == "质量与食品安全部没有读取转给它的记录：消费组没有成员"
    assert found.said.en == "Quality and food safety does not read: the group has no member"
    assert found.next_step == Said("请该部门启动或修复其消费程序", "ask the department to start or mend its consumer")


def test_a_department_the_pack_does_not_know_is_named_by_its_code() -> None:
    why = Said("", "")
    row = BoardRow("d", RowKind.DEPARTMENT, "gifts", why, RowState.NO_CONSUMER, why, owner="李工", waiting=1)

    found = only(replace(well(), board=Board(NOW, (row,))))

    assert found.object == Said("部门 gifts 的系统", "system of the department gifts")
    assert found.next_step.zh == "请“李工”启动或修复其消费程序"


def test_a_silent_channel_is_named_as_people_call_it() -> None:
    quiet = Silence("email", "care", came=0, usual=12.0, last_at=A_WHILE_AGO)

    found = only(replace(well(), silences=[quiet]))

    assert found.object == Said("邮箱 care", "mailbox care")
    assert found.said.en.startswith("mailbox care: nothing came in the last")


def test_a_stage_that_cannot_write_is_not_told_to_be_restarted() -> None:
    nothing = Said("", "")
    row = BoardRow("stage:route", RowKind.STAGE, "route", nothing, RowState.STALLED, nothing, waiting=3)
    seen = changed("route", {**REFUSED, "detail": "waiting for object store"})

    found = only(replace(seen, board=Board(NOW, (row,))))

    assert found.said.en == "the stage route waits for the object store"
    assert found.next_step.en.startswith("let node-1 write to the object store again")
