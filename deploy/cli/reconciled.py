"""What `intake reconcile` tells people of its report. Places and states keep the names docs/operations.md lists."""

from collections.abc import Iterator

from deploy.cli.output import put, put_table, say
from operations import figures
from operations.wording import Wording
from schemas.commands import CutLine, ReconcileReport

_STATES = {
    "in-flight": "处理中",
    "suspended": "无法读取",
    "dead-letter": "死信",
    "waiting-for-a-person": "等人处理",
    "done": "已走完全程",
    "missing": "缺失",
}
_KINDS = {"missing": "缺失", "twice": "重复"}
_HOLDS = {"record": "记录", "row": "行", "object": "文件"}
_SOURCES = {"mailbox": "邮箱", "spool": "暂存区", "web": "网页表单和接口"}


def tell(report: ReconcileReport, told: Wording) -> None:
    """Print the report for the eye."""
    behind = [line for line in report.cut if not line.reached]
    put(told.pick("截止点", "cut of") + f" {told.moment(report.at)}: {_passed(report.cut, behind, told)}")
    if behind:
        headings = told.pick(("未到达", "主题", "已处理到", "应到"), ("not yet there", "topic", "passed", "of"))
        put_table(headings, (_late(line, told) for line in behind))
    if report.judged:
        put("")
        put_table(told.pick(("状态", "件数", "最早"), ("state", "items", "oldest")), _states(report, told))
        _tell_findings(report, told)
    else:
        say(
            told.pick(
                "台账落后，现在无法判断：auditor 在运行吗（`intake worker auditor`）？",
                "the ledger is behind, so nothing can be judged: does the auditor run (`intake worker auditor`)?",
            )
        )
    if report.published_again_count:
        again = told.pick("写入中断后重新发布：", "published again after their round was torn: ")
        put(f"{again}{report.published_again_count}")
    put("")
    columns = told.pick(
        ("来源", "账号", "对方给出", "已保存", "未保存", "等待中", "说明"),
        ("source", "account", "offered", "stored", "not stored", "waiting", "note"),
    )
    put_table(columns, _sources(report, told))


def _passed(cut: tuple[CutLine, ...], behind: list[CutLine], told: Wording) -> str:
    late = {line.who for line in behind}
    there = told.together(name for name in dict.fromkeys(line.who for line in cut) if name not in late)
    if not late:
        return told.pick(f"{there} 均已到达", f"{there} have passed it")
    missing = told.together(sorted(late))
    return told.pick(f"已到达：{there or '无'}；未到达：{missing}", f"passed by {there or 'nobody'}; not by {missing}")


def _late(line: CutLine, told: Wording) -> tuple[str, ...]:
    passed = told.pick("尚无", "nothing") if line.passed is None else str(line.passed)
    return line.who, f"{line.topic}-{line.partition}", passed, str(line.noted)


def _states(report: ReconcileReport, told: Wording) -> Iterator[tuple[str, ...]]:
    for line in report.states:
        yield (
            told.pick(f"{_STATES[line.state]} {line.state}", line.state),
            str(line.count),
            figures.age(line.oldest_age_s, told.lang),
        )
        if line.state == "in-flight":
            for part in report.in_flight:
                waits = told.pick(f"  等待 {part.waits_for}", f"  for {part.waits_for}")
                yield waits, str(part.count), figures.age(part.oldest_age_s, told.lang)


def _tell_findings(report: ReconcileReport, told: Wording) -> None:
    for gap in report.gaps:
        count, place = gap.last - gap.first + 1, f"{gap.topic}-{gap.partition}"
        say(
            told.pick(
                f"{place}：有 {count} 条记录在登记之前已过保存期",
                f"{place}: {count} records were gone before the ledger had them",
            )
        )
    if not report.findings:
        return
    put("")
    put_table(
        told.pick(("", "位置", "投诉", "查询号", "所在", "依据"), ("", "place", "complaint", "number", "where", "why")),
        (
            (
                told.pick(_KINDS[one.kind], one.kind),
                one.place,
                str(one.complaint_id),
                one.tracking_number or "-",
                told.pick(f"{one.where} 的{_HOLDS[one.holds]}", f"{one.holds} in {one.where}"),
                told.said(one.detail),
            )
            for one in report.findings
        ),
    )
    counted = told.pick(
        f"缺失：{report.missing}，重复：{report.twice}", f"missing: {report.missing}, twice: {report.twice}"
    )
    more = report.missing + report.twice - len(report.findings)
    hidden = told.pick(f"，其中 {more} 项未列出（见 --max）", f", {more} of them not shown: see --max")
    put(counted + (hidden if more else ""))


def _sources(report: ReconcileReport, told: Wording) -> Iterator[tuple[str, ...]]:
    for one in report.offered:
        yield (
            told.pick(_SOURCES.get(one.source, one.source), one.source),
            one.account,
            told.pick("无从得知", one.offered) if isinstance(one.offered, str) else str(one.offered),
            "-" if one.stored is None else str(one.stored),
            ", ".join(one.missing),
            ", ".join(one.waiting),
            _note(one.note, told),
        )


def _note(note: str, told: Wording) -> str:
    """What a mailbox's server or the network said stays as it was said."""
    return told.pick("；", "; ").join(map(told.said, note.split("; ")))
