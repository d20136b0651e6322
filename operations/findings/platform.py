"""What everything stands on: room on disks, spools, clocks, Kafka."""

from collections.abc import Iterator
from datetime import timedelta
from math import ceil, floor

from operations.findings.channels import SPOOL_CAUSES, waiting_before
from operations.findings.model import Finding, Level
from operations.findings.seen import Seen
from operations.findings.stages import WAITS_FOR_OBJECTS
from operations.heartbeats import Beat, Disk
from operations.lag.rows import RowKind
from operations.promises.owed import Awaits
from operations.saying import Said

_FOLDERS = {
    "home": Said("数据目录", "home folder"),
    "spool": Said("暂存目录", "spool folder"),
    "objects": Said("原件目录", "object folder"),
}
_AND_SOME = 1.25
"""Room for what has waited: whoever frees no more than what lacks is called again at once."""
_WAITS_FOR_KAFKA = "waiting for kafka"


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding a disk, a spool, a process with a wrong clock; one for Kafka."""
    yield from _disks(seen)
    yield from _spools(seen)
    yield from _clocks(seen)
    yield from _kafka(seen)


def _disks(seen: Seen) -> Iterator[Finding]:
    """The same disk under several folders, or told of by several parts, is one."""
    told: dict[tuple[str, int], dict[str, tuple[Disk, Beat]]] = {}
    for beat in seen.living:
        for folder, disk in beat.disks.items():
            told.setdefault((beat.host, disk.total_bytes), {}).setdefault(folder, (disk, beat))
    for (host, total), folders in told.items():
        disk, beat = min(folders.values(), key=lambda one: one[0].free_bytes)
        needed = max(seen.watch.disk_free_bytes, round(total * seen.watch.disk_free_share))
        if disk.free_bytes >= needed:
            continue
        names = [_FOLDERS.get(folder, Said(folder, folder)) for folder in sorted(folders)]
        where = Said("、".join(one.zh for one in names), ", ".join(one.en for one in names))
        free, to_free = _size(disk.free_bytes), round(needed * _AND_SOME) - disk.free_bytes
        yield Finding(
            key=f"disk:{host}:{total}",
            kind="disk-full",
            level=Level.RED if disk.free_bytes < needed / 2 else Level.AMBER,
            object=Said(f"机器 {host} 的磁盘（{where.zh}）", f"disk of {host} ({where.en})"),
            said=Said(
                f"机器 {host} 的磁盘（{where.zh}）只剩 {free}，少于所需的 {_size(needed)}",
                f"the disk of {host} ({where.en}) has {free} left, less than the {_size(needed)} needed",
            ),
            since=beat.beaten_at,
            at_risk=max(len(seen.owed), _in_stages(seen, host)) + _at_doors(seen, host),
            next_step=Said(
                f"在机器 {host} 上腾出至少 {_size(to_free, enough=True)} 空间",
                f"free at least {_size(to_free, enough=True)} on {host}",
            ),
        )


def _at_doors(seen: Seen, host: str) -> int:
    """What waits before channels of this machine that cannot take it."""
    return sum(
        waiting_before(seen, one)
        for one in seen.expected
        if one.channel
        and not one.shared
        and (beat := seen.alive(one.part)) is not None
        and beat.host == host
        and not beat.ready
    )


def _in_stages(seen: Seen, host: str) -> int:
    """What lies before stages of this machine that cannot write what they were given."""
    rows = {row.name: row.waiting or 0 for row in seen.board.rows if row.kind is RowKind.STAGE} if seen.board else {}
    held = {beat.part for beat in seen.living if beat.host == host and WAITS_FOR_OBJECTS in beat.detail}
    return sum(rows.get(part, 0) for part in held)


def _spools(seen: Seen) -> Iterator[Finding]:
    for beat in seen.living:
        held, most = int(beat.facts.get("spool_bytes", 0)), int(beat.facts.get("spool_max_bytes", 0))
        if beat.facts.get("durable") is None:
            continue
        cause = str(beat.facts.get("cause", ""))
        if cause not in SPOOL_CAUSES and (not most or held < most * seen.watch.spool_share):
            continue
        entries = int(beat.facts.get("spool_entries", 0))
        said, step = _told_of_spool(beat, cause, 100 * held // most if most else 100, entries)
        yield Finding(
            key=f"spool:{beat.host}:{beat.part}",
            kind="spool-full" if cause in SPOOL_CAUSES else "spool-filling",
            level=Level.RED,
            object=Said(f"{beat.part} 的暂存区（{beat.host}）", f"spool of {beat.part} ({beat.host})"),
            said=said,
            since=beat.not_ready_since or beat.beaten_at,
            at_risk=entries,
            next_step=step,
        )


def _told_of_spool(beat: Beat, cause: str, share: int, entries: int) -> tuple[Said, Said]:
    """What is wrong with a spool and what to do: more room on the disk does not help one that is at its limit."""
    if cause == "spool-failed":
        return (
            Said(f"{beat.part} 的暂存区无法写入", f"the spool of {beat.part} cannot be written"),
            Said(f"在机器 {beat.host} 上腾出磁盘空间", f"make room on the disk of {beat.host}"),
        )
    if cause == "spool-full":
        return (
            Said(
                f"{beat.part} 的暂存区已达上限，无法再写入",
                f"the spool of {beat.part} is at its limit, it takes no more",
            ),
            Said(
                "恢复 Kafka，暂存区会自动清空；否则调大 INTAKE_SPOOL__MAX_BYTES 并重启",
                "bring Kafka back: the spool then empties by itself; or raise INTAKE_SPOOL__MAX_BYTES and restart",
            ),
        )
    return (
        Said(
            f"{beat.part} 的暂存区已满 {share}%，有 {entries} 批等待写入 Kafka",
            f"the spool of {beat.part} is {share} % full, {entries} entries wait for Kafka",
        ),
        Said("恢复 Kafka，暂存区会自动清空", "bring Kafka back: the spool then empties by itself"),
    )


def _clocks(seen: Seen) -> Iterator[Finding]:
    told: set[str] = set()
    for beat in seen.living:
        if abs(beat.skew) < seen.watch.clock_off or str(beat.process_id) in told:
            continue
        told.add(str(beat.process_id))
        amount = _span(abs(beat.skew))
        ahead = beat.skew > timedelta(0)
        way = Said("快" if ahead else "慢", "ahead of" if ahead else "behind")
        yield Finding(
            key=f"clock:{beat.program}@{beat.host}",
            kind="clock-off",
            level=Level.RED,
            object=Said(f"进程 {beat.process} 的时钟", f"clock of the process {beat.process}"),
            said=Said(
                f"进程 {beat.process} 的时钟比数据库{way.zh} {amount.zh}，收到时间和期限会算错",
                f"the clock of the process {beat.process} is {amount.en} {way.en} the database's: times of receipt and"
                " promises come out wrong",
            ),
            since=beat.beaten_at,
            at_risk=len(seen.owed),
            next_step=Said(
                f"校准机器 {beat.host} 的时钟（`timedatectl set-ntp true`）",
                f"set the clock of {beat.host} right (`timedatectl set-ntp true`)",
            ),
            command="timedatectl set-ntp true",
        )


def _kafka(seen: Seen) -> Iterator[Finding]:
    """Kafka is away for whom it is: those that wait for it, and receivers that write to their spool instead."""
    waiting = [one for one in seen.living if _away(one)]
    if not waiting:
        return
    since = min(one.not_ready_since or one.beaten_at for one in waiting)
    spooled = sum(int(one.facts.get("spool_entries", 0)) for one in waiting if one.facts.get("durable") == "spool")
    hosts = ", ".join(sorted({one.host for one in waiting}))
    yield Finding(
        key="kafka",
        kind="kafka-away",
        level=Level.RED,
        object=Said("Kafka", "Kafka"),
        said=Said(
            f"Kafka 没有响应：{len(waiting)} 个环节在等待，新收到的内容先写入暂存区（{spooled} 批）",
            f"Kafka does not answer: {len(waiting)} parts wait, what comes goes to the spool ({spooled} entries)",
        ),
        since=since,
        at_risk=seen.owed_at(Awaits.PIPELINE) + spooled,
        next_step=Said(
            f"恢复 Kafka，或让机器 {hosts} 能连上它；之后一切自动继续",
            f"bring Kafka back, or let {hosts} reach it: everything goes on by itself",
        ),
    )


def _away(beat: Beat) -> bool:
    if beat.facts.get("durable") == "spool":
        return True
    return not beat.ready and (beat.facts.get("state") == _WAITS_FOR_KAFKA or "waits for the kafka" in beat.detail)


def _size(size_bytes: int, *, enough: bool = False) -> str:
    """A size with one decimal; `enough`: never less than it is, for what somebody is told to free."""
    for unit, above in (("TB", 1024**4), ("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if size_bytes >= above or unit == "KB":
            tenths = max(0, size_bytes) * 10 / above
            return f"{(ceil(tenths) if enough else floor(tenths)) / 10:.1f} {unit}"
    raise AssertionError


def _span(span: timedelta) -> Said:
    seconds = round(span.total_seconds())
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    zh = [f"{amount} {unit}" for amount, unit in ((hours, "小时"), (minutes, "分"), (rest, "秒")) if amount]
    en = [f"{amount} {unit}" for amount, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if amount]
    return Said(" ".join(zh[:2]), " ".join(en[:2]))
