"""Promises in danger, items that are missing or doubled, piles that wait for people."""

from collections.abc import Iterator

from operations.findings.model import Finding, Level
from operations.findings.seen import Pile, Seen
from operations.promises.clocks import ACCEPTANCE, ACKNOWLEDGEMENT
from operations.saying import Said

_SENDING = {
    "email": (Said("邮件", "e-mail"), "INTAKE_SMTP__…"),
    "wechat": (Said("微信", "WeChat"), "INTAKE_WECHAT__…"),
    "phone": (Said("短信", "SMS"), "INTAKE_SMS__…"),
}


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding each for what is late, will be late, is missing, is doubled or waits for a person."""
    yield from _promises(seen)
    yield from _ledger(seen)
    yield from _unsent(seen)
    yield from _piles(seen)


def _promises(seen: Seen) -> Iterator[Finding]:
    if seen.promises is None:
        return
    late = [one.due_at for one in seen.owed if one.due_at <= seen.now]
    if late:
        said = Said(f"{len(late)} 件投诉的首次回执已超时", f"{len(late)} complaints were not acknowledged in time")
        step = Said("打开清单，联系客户并登记", "open the list, tell each customer and note it")
        yield Finding(
            "promise:breached", "promise-breached", Level.RED, Said("首次回执", "acknowledgement"), said, min(late),
            len(late), step, "intake sla --list", f"/ops/promises?clock={ACKNOWLEDGEMENT}&band=breached",
        )  # fmt: skip
    ahead = seen.promises.forecast
    if ahead.late:
        step = Said(
            "先处理上面停住的环节；没有时增加进程", "clear what stands still first; if nothing does, add workers"
        )
        yield Finding(
            "promise:forecast", "promise-forecast", Level.RED, Said("首次回执预测", "forecast of acknowledgements"),
            ahead.said, seen.now, ahead.late, step, "intake lag", "/ops",
        )  # fmt: skip
    yield from _acceptance(seen)
    yield from _answers(seen)
    if seen.overdue_alarms:
        count = seen.overdue_alarms
        said = Said(f"{count} 个安全警报超时无人接手", f"{count} safety alarms were not taken in time")
        yield Finding(
            "promise:alarms", "alarm-not-taken", Level.RED, Said("安全警报", "safety alarms"), said, seen.now, count,
            Said("接手这些任务", "take these tasks"), "intake tasks list --kind safety-alarm", "/ops/tasks",
        )  # fmt: skip


def _acceptance(seen: Seen) -> Iterator[Finding]:
    clocks = seen.promises.clocks if seen.promises is not None else ()
    late = next((one.counts["breached"] for one in clocks if one.clock == ACCEPTANCE), 0)
    if late:
        said = Said(f"{late} 个案件到期无部门接收", f"{late} cases were not accepted by a department in time")
        yield Finding(
            "promise:acceptance", "not-accepted", Level.AMBER, Said("部门接收", "acceptance"), said, seen.now, late,
            Said("打开清单，请部门接收或改派", "open the list: ask the departments, or re-route"), None,
            f"/ops/promises?clock={ACCEPTANCE}&band=breached",
        )  # fmt: skip


def _answers(seen: Seen) -> Iterator[Finding]:
    """Answers that are late, one finding a clock."""
    for one in seen.promises.clocks if seen.promises is not None else ():
        late = one.counts["breached"]
        if one.clock in (ACKNOWLEDGEMENT, ACCEPTANCE) or not late:
            continue
        said = Said(f"{one.title.zh}：{late} 件已超时", f"{one.title.en}: {late} are late")
        step = Said("打开清单，催促负责部门", "open the list and press the departments")
        yield Finding(
            f"promise:{one.clock}", "answer-late", Level.AMBER, one.title, said, seen.now, late, step, None,
            f"/ops/promises?clock={one.clock}&band=breached",
        )  # fmt: skip


def _ledger(seen: Seen) -> Iterator[Finding]:
    step = Said("执行 `intake reconcile`，它会列出位置", "run `intake reconcile`: it names the places")
    for kind, count, zh, en in (
        ("missing", seen.missing or 0, "件已存原件但没有投诉记录", "stored deliveries have led to no record"),
        ("twice", seen.twice, "件出现了两次", "records are there twice"),
    ):
        if count:
            yield Finding(
                f"ledger:{kind}", f"ledger-{kind}", Level.RED, Said("台账", "ledger"),
                Said(f"{count} {zh}", f"{count} {en}"), seen.now, count, step, "intake reconcile", "/ops/ledger",
            )  # fmt: skip


def _unsent(seen: Seen) -> Iterator[Finding]:
    """Channels on which messages to customers do not go out."""
    for one in seen.unsent:
        name, settings = _SENDING.get(one.channel, (Said(one.channel, one.channel), ""))
        said = Said(
            f"{one.count} 条给客户的消息多次未能通过{name.zh}发出（{one.error_class}）",
            f"{one.count} messages to customers were not taken by {name.en} at several tries ({one.error_class})",
        )
        step = Said(
            f"检查{name.zh}的发送设置 {settings} 和供应商后台；之后自动重发",
            f"check how {name.en} sends ({settings}) and the vendor's console; it is tried again by itself",
        )
        what = Said(f"发送：{name.zh}", f"sending: {name.en}")
        yield Finding(
            f"unsent:{one.channel}", "messages-not-sent", Level.RED, what, said, one.since,
            one.count, step, None, "/ops/outbox",
        )  # fmt: skip


def _piles(seen: Seen) -> Iterator[Finding]:
    if seen.suspended.count:
        said = Said(
            f"{seen.suspended.count} 件收到的内容无法读取，等人处理",
            f"{seen.suspended.count} deliveries could not be read and wait for a person",
        )
        step = Said("逐件查看原因，重放或作废", "look at each reason, replay or discard")
        yield _pile(
            "suspended", Said("无法读取的来件", "suspended"), said, seen.suspended, step, "intake suspended list", seen
        )
    for stage, pile in sorted(seen.dead_letters.items()):
        if pile.count:
            said = Said(f"环节 {stage} 有 {pile.count} 件处理失败", f"{pile.count} records failed in the stage {stage}")
            step = Said("查看原因，修复后重放", "look at the reason, mend it, then replay")
            what = Said(f"{stage} 的死信", f"dead letters of {stage}")
            yield _pile(f"dead-letters:{stage}", what, said, pile, step, "intake dead-letters list", seen)


def _pile(key: str, what: Said, said: Said, pile: Pile, step: Said, command: str, seen: Seen) -> Finding:
    kind, _, _ = key.partition(":")
    since = pile.oldest or seen.now
    return Finding(key, f"{kind}-waiting", Level.AMBER, what, said, since, pile.count, step, command, f"/ops/{kind}")
