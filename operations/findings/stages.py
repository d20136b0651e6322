"""Stages and services that do not work: stopped for a person, standing still, without anybody who runs them."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from operations.findings.model import Finding, Level
from operations.findings.seen import Expected, Seen, Stop
from operations.findings.settling import is_young, settled, starting
from operations.heartbeats import Beat
from operations.lag.rows import BoardRow, RowKind, RowState
from operations.promises.owed import Awaits
from operations.saying import Said
from operations.stopping import why_stopped
from workers.webhooks import WEBHOOK_GROUP

_BEFORE_ANSWER = ("deduplicate", "classify", "acknowledge")
_BAD = (RowState.STOPPED, RowState.STALLED, RowState.NO_CONSUMER, RowState.NEVER_COMMITTED)
_KINDS = {
    RowState.STOPPED: "stage-stopped",
    RowState.STALLED: "stage-stalled",
    RowState.NO_CONSUMER: "stage-without-consumer",
    RowState.NEVER_COMMITTED: "stage-stalled",
}
WAITS_FOR_OBJECTS = "waiting for object store"
"""What a stage says of itself while it cannot write to the object store."""


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding a stage or service; departments that do not read what is routed to them."""
    named: dict[str, Finding] = {stop.stage: _stopped(seen, stop) for stop in seen.stops}
    for row in _rows(seen, RowKind.STAGE):
        if row.name not in named and not _may_come(seen, row):
            named[row.name] = _stage(seen, row)
    for expected in seen.expected:
        if not expected.channel and expected.part not in named and not starting(seen, expected.part):
            found = _part(seen, expected)
            named |= {} if found is None else {expected.part: found}
    yield from _together(seen, named)
    yield from (_department(seen, row) for row in _rows(seen, RowKind.DEPARTMENT) if row.waiting)


def _rows(seen: Seen, kind: RowKind) -> Iterator[BoardRow]:
    rows = seen.board.rows if seen.board is not None else ()
    return (row for row in rows if row.kind is kind and row.state in _BAD)


def _may_come(seen: Seen, row: BoardRow) -> bool:
    """Whether a stage has had no time yet to join its group and to finish a first record."""
    if row.state is RowState.NEVER_COMMITTED:
        return is_young(seen)
    return row.state is not RowState.STOPPED and starting(seen, row.name)


def _stopped(seen: Seen, stop: Stop) -> Finding:
    return _stop(seen, stop.stage, why_stopped(stop.reason, stop.failed, stop.seen), stop.since)


def _stop(seen: Seen, stage: str, why: Said, since: datetime) -> Finding:
    command, what = f"intake resume {stage} --reason …", _called(seen, stage)
    return _found(
        seen,
        stage,
        "stage-stopped",
        Said(f"{what.zh}已停下等人处理：{why.zh}", f"{what.en} stopped for a person to decide: {why.en}"),
        since,
        Said(f"排除原因后执行 `{command}`", f"mend the cause, then `{command}`"),
        command,
    )


def _stage(seen: Seen, row: BoardRow) -> Finding:
    since = row.since or seen.now
    if row.state is RowState.STOPPED:
        return _stop(seen, row.name, row.why, since)
    start = f"intake worker {row.name}"
    if row.state is RowState.NO_CONSUMER:
        said = Said(f"环节 {row.name} 没有进程在运行", f"nobody runs the stage {row.name}")
        step = Said(f"启动它：`{start}`", f"start it: `{start}`")
        return _found(seen, row.name, _KINDS[row.state], said, since, step, start)
    beat = seen.alive(row.name)
    if beat is not None and WAITS_FOR_OBJECTS in beat.detail:
        said, step = _waits_for_objects(row.name, beat)
        return _found(seen, row.name, _KINDS[row.state], said, since, step)
    process = beat.process if beat else start
    said = Said(f"环节 {row.name} 停滞：{row.why.zh}", f"the stage {row.name} stands still: {row.why.en}")
    step = Said(f"重启进程 {process}", f"restart the process {process}")
    return _found(seen, row.name, _KINDS[row.state], said, since, step)


def _waits_for_objects(name: str, beat: Beat) -> tuple[Said, Said]:
    """Restarting does not help a stage that cannot write what it was given."""
    said = Said(f"环节 {name} 在等存放原件的地方", f"the stage {name} waits for the object store")
    step = Said(
        f"让机器 {beat.host} 能写入原件目录或对象存储（磁盘、权限、网络），之后自动继续",
        f"let {beat.host} write to the object store again (disk, rights, network): it goes on by itself",
    )
    return said, step


def _part(seen: Seen, expected: Expected) -> Finding | None:
    """What heartbeats tell of a part that the board says nothing bad about."""
    beat, name = seen.alive(expected.part), expected.part
    if beat is not None:
        if beat.ready or not settled(seen, beat) or waits_for_platform(beat.detail):
            return None
        said = Said(f"{name} 没有在工作：{beat.detail}", f"{name} does not work: {beat.detail}")
        log = Said(f"查看进程 {beat.process} 的日志", f"read the log of the process {beat.process}")
        return _found(seen, name, "part-not-ready", said, beat.not_ready_since or beat.beaten_at, log)
    step = Said(f"启动它：`{expected.start}`", f"start it: `{expected.start}`")
    last = seen.last(name)
    if last is None:
        said = Said(f"{name} 还没有启动过", f"{name} was never started")
        return _found(seen, name, "part-stopped", said, seen.now, step, expected.start)
    if last.ended_at is not None:
        said = Said(
            f"{name} 已停止（进程 {last.process}）", f"{name} is stopped (the process {last.process} was ended)"
        )
        return _found(seen, name, "part-stopped", said, last.ended_at, step, expected.start)
    said = Said(f"{name} 没有响应（进程 {last.process}）", f"{name} has fallen silent (the process {last.process})")
    return _found(seen, name, "part-silent", said, last.beaten_at, step, expected.start)


def waits_for_platform(detail: str) -> bool:
    """Whether a part only waits for Kafka or the database, which is a finding of its own."""
    return "waiting for" in detail or "waits for" in detail


def _together(seen: Seen, named: Mapping[str, Finding]) -> Iterator[Finding]:
    """Parts of one process that ended or fell silent together are one finding: there is one thing to start."""
    gone: dict[str, list[Finding]] = {}
    for part, finding in named.items():
        last = seen.last(part)
        if finding.kind in ("part-stopped", "part-silent") and last is not None:
            gone.setdefault(str(last.process_id), []).append(finding)
        elif finding.kind == "part-stopped":
            gone.setdefault("", []).append(finding)
        else:
            yield finding
    for process_id, findings in gone.items():
        yield findings[0] if len(findings) == 1 else _process(seen, process_id, findings)


def _process(seen: Seen, process_id: str, findings: list[Finding]) -> Finding:
    names = [one.object.en for one in findings]
    few, count = ", ".join(names[:4]), len(names)
    beat = next((one for one in seen.beats if str(one.process_id) == process_id), None)
    if beat is None:
        what, start = Said(f"{count} 个环节", f"{count} parts"), "intake worker all"
        said = Said(f"{few} 等 {count} 个环节还没有启动过", f"{few} … ({count} parts) were never started")
    else:
        what, start = Said(f"进程 {beat.process}", f"process {beat.process}"), f"intake {beat.program}"
        how = ("没有响应", "has fallen silent") if beat.ended_at is None else ("已停止", "was ended")
        said = Said(f"{what.zh}{how[0]}：{few} 等 {count} 个环节", f"the {what.en} {how[1]}: {few} … ({count} parts)")
    return Finding(
        key=f"process:{beat.program}@{beat.host}" if beat else "process:never",
        kind="process-silent" if beat is not None and beat.ended_at is None else "process-stopped",
        level=Level.RED,
        object=what,
        said=said,
        since=min(one.since for one in findings),
        at_risk=max(one.at_risk for one in findings),
        next_step=Said(f"启动它：`{start}`", f"start it: `{start}`"),
        command=start,
    )


def _called(seen: Seen, name: str) -> Said:
    """A stage as a sentence calls it; who posts to a department by the title of that department."""
    if name.startswith(WEBHOOK_GROUP):
        department = seen.department(name.removeprefix(WEBHOOK_GROUP))
        return Said(f"发往{department.zh}的推送（{name}）", f"posting to {department.en} ({name})")
    return Said(f"环节 {name} ", f"the stage {name}")


def _found(
    seen: Seen, name: str, kind: str, said: Said, since: datetime, step: Said, command: str | None = None
) -> Finding:
    return Finding(
        key=f"part:{name}",
        kind=kind,
        level=Level.RED,
        object=_called(seen, name) if name.startswith(WEBHOOK_GROUP) else Said(name, name),
        said=said,
        since=since,
        at_risk=_at_risk(seen, name),
        next_step=step,
        command=command,
        page="/ops/stages" if kind == "stage-stopped" else "/ops",
    )


def _at_risk(seen: Seen, name: str) -> int:
    """Acknowledgements that are owed and whose way goes through it; for other parts what waits before it."""
    if name in _BEFORE_ANSWER:
        return seen.owed_at(Awaits.PIPELINE)
    if name == "sender":
        return seen.owed_at(Awaits.PIPELINE, Awaits.SENDER, Awaits.SWEEPER)
    rows = seen.board.rows if seen.board is not None else ()
    if name.startswith(WEBHOOK_GROUP):
        return sum(row.waiting or 0 for row in rows if row.kind is RowKind.DEPARTMENT and _reads_as(row, name))
    return sum(row.waiting or 0 for row in rows if row.kind is RowKind.STAGE and row.name == name)


def _reads_as(row: BoardRow, name: str) -> bool:
    """Whether the group is the one of this name, with or without the prefix of the installation."""
    return row.group is not None and row.group.rpartition(".")[2] == name


def _department(seen: Seen, row: BoardRow) -> Finding:
    """The code stands once, beside the title: settings, topics and commands know the department by it."""
    title = seen.department(row.name)
    who = Said(f"“{row.owner}”", row.owner) if row.owner else Said("该部门", "the department")
    coded = Said(f"{title.zh}（{row.name}）", f"{title.en} ({row.name})") if row.name in seen.departments else title
    return Finding(
        key=f"department:{row.key}",
        kind="department-does-not-read",
        level=Level.AMBER,
        object=Said(f"{coded.zh}的系统", f"system of {coded.en}"),
        said=Said(f"{title.zh}没有读取转给它的记录：{row.why.zh}", f"{title.en} does not read: {row.why.en}"),
        since=row.since or seen.now,
        at_risk=row.waiting or 0,
        next_step=Said(f"请{who.zh}启动或修复其消费程序", f"ask {who.en} to start or mend its consumer"),
        page="/ops",
    )
