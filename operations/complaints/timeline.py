"""What happened to a complaint, as lines in the order of time: its history, departments, members of staff."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from operations.complaints.dossier import Dossier
from operations.history import acting
from operations.history.lines import lines_of
from operations.history.telling import aside
from operations.wording import Wording
from schemas.masking import mask_text
from schemas.tables.auditor import Kind

_STATUS = {
    "routed": ("已分派", "routed"),
    "added": ("追加内容", "something was added"),
    "accepted": ("已受理", "accepted it"),
    "not-ours": ("表示不归其负责", "says it is not theirs"),
    "in-progress": ("正在处理", "works on it"),
    "need-information": ("需要顾客补充信息", "needs more from the customer"),
    "answered": ("已答复顾客", "has answered"),
    "remedy-done": ("补救已完成", "has done the remedy"),
    "closed": ("已办结", "closed it"),
    "reopened": ("已重新打开", "opened it again"),
    "escalated": ("超时未受理，已升级", "did not accept it in time: escalated"),
    "satisfaction": ("顾客评价", "the customer's opinion"),
}
_VERDICTS = {
    "late": ("迟到，未采用", "late, not applied"),
    "impossible": ("与当前状态不符，未采用", "does not fit the state, not applied"),
    "foreign": ("并非该部门的案件，未采用", "not that department's case, not applied"),
    "unknown-case": ("没有这个案件", "no such case"),
}
_LOOKS = {
    "complaint.see": ("查看了投诉", "looked at it"),
    "complaint.full": ("查看了完整内容", "saw it unmasked"),
    "complaint.file": ("下载了附件", "downloaded a file"),
    "case.see": ("查看了案件", "looked at its case"),
}
_ENDS = {Kind.REPLAYED: "replayed", Kind.DISCARDED: "discarded"}


@dataclass(frozen=True, slots=True)
class Event:
    """One line. `what` is its kind: received, classified, routed, department, staff …; `said` quotes somebody."""

    at: datetime
    what: str
    summary: str
    reasons: tuple[str, ...] = ()
    said: str | None = None


def timeline(of: Dossier, say: Wording, *, full: bool) -> list[Event]:
    """Every line; personal data masked unless `full`."""
    known = of.known

    def shown(text: str | None) -> str | None:
        return text if full or not text else mask_text(text, known)

    lines = [Event(one.at, one.what, one.summary, one.reasons) for one in lines_of(of.traces, say, full=full)]
    events = [*lines, *(of_department(row, say) for row in of.events), *_of_letters(of, say), *_of_staff(of, say)]
    told = (replace(one, said=shown(one.said)) for one in events)
    return sorted(told, key=lambda one: one.at)


def of_department(row: Row[Any], say: Wording) -> Event:
    """What a department did, as CASE_EVENTS has it; what was written is masked."""
    what = say.pick(*_STATUS[row.kind]) if row.kind in _STATUS else say.called(row.kind)
    why = "" if row.verdict == "applied" else say.pick(*_VERDICTS.get(row.verdict, (row.verdict, row.verdict)))
    who = say.department(row.department)
    summary = say.pick(f"{who}：{what}", f"{who} {what}")
    if row.suggested_department:
        summary += say.pick("，建议转", ", suggests ") + say.department(row.suggested_department)
    said = "\n".join(part for part in (row.text_for_customer, row.internal_note) if part)
    return Event(row.at, "department", summary + aside(say, why), said=mask_text(said) or None)


def _of_letters(of: Dossier, say: Wording) -> Iterator[Event]:
    """Records of it that a stage could not process, as the ledger knows them."""
    for row in of.letters:
        what = say.pick(f"处理环节 {row.stage} 无法处理", f"{row.stage} could not process it")
        yield Event(row.at, "dead letter", acting.mishap(say, what, _ENDS.get(Kind(row.kind), "open"), None, None))


def _of_staff(of: Dossier, say: Wording) -> Iterator[Event]:
    for row in of.looks:
        who = row.display_name or row.by or say.pick("系统用户", "somebody at the command line")
        what = say.pick(*_LOOKS[row.action]) if row.action in _LOOKS else say.called(row.action)
        yield Event(row.at, "staff", say.pick(f"{who}{what}", f"{who} {what}"), said=row.purpose)
