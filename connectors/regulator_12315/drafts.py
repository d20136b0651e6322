"""What a person hands to the authority: a receipt, and an answer draft in the layout authorities ask for.

There is no call to 12315 (facts 4.1): somebody enters the answer in the platform, or brings the paper. The layout
follows the fields of the official forms of 2026-04 (facts 4.2); a bureau's own template may differ (unsure).
"""

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from connectors.regulator_12315.kinds import COMPLAINT, CONSULTATION, MEDIATION_NOTICE, REPORT, WORK_ORDER
from connectors.regulator_12315.moments import SHANGHAI
from schemas.complaint import Complaint
from schemas.errors import InvalidRequest

_KINDS = {
    COMPLAINT: "投诉 Complaint",
    REPORT: "举报 Report",
    WORK_ORDER: "工单 Work order",
    CONSULTATION: "咨询 Consultation",
    MEDIATION_NOTICE: "调解通知 Mediation notice",
}
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_TEXT_WIDTH, _LABEL_WIDTH = 80, 24
Rows = list[tuple[str, str]]
"""Label and value, in the order of the paper."""


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """What is answered: the steps taken, their result, who dealt with it and when."""

    steps: str
    result: str
    handler: str
    at: datetime


def receipt_rows(complaint: Complaint, handler: str, at: datetime) -> Rows:
    """The receipt: that it came, when, and by when it is answered. Raises InvalidRequest for no referral."""
    referral = _referral(complaint)
    due = complaint.referral.due_at if complaint.referral else None
    return [
        *referral,
        ("收到时间 Received", _moment(complaint.received_at)),
        ("要求办结时间 Due as written", _end(due) if due else "未载明 not stated"),
        ("签收人 Received by", handler),
        ("签收日期 Date", _day(at)),
    ]


def answer_rows(complaint: Complaint, answer: AnswerDraft) -> Rows:
    """The answer draft. Raises InvalidRequest for a complaint that is no referral."""
    return [
        *_referral(complaint),
        ("反映问题 Subject matter", complaint.text),
        ("诉求 Request", complaint.stated.desired_resolution or ""),
        ("处理经过 Steps taken", answer.steps),
        ("处理结果 Result", answer.result),
        ("办理人 Handled by", answer.handler),
        ("日期 Date", _day(answer.at)),
    ]


def as_docx(title: str, rows: Rows) -> bytes:
    """The rows as a table on paper."""
    document = Document()
    heading = document.add_heading(title, level=1)
    heading.alignment = WD_ALIGN_PARAGRAPH.CENTER
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    for label, value in rows:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = label, _writable(value)
        for paragraph in cells[0].paragraphs:
            for run in paragraph.runs:
                run.font.bold, run.font.size = True, Pt(10.5)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def as_xlsx(title: str, rows: Rows) -> bytes:
    """The rows as a sheet. Everything is text: a number keeps its digits, and what begins with = is no formula."""
    book = Workbook()
    sheet = book.active or book.create_sheet()
    sheet.title = title.split()[0][:30]
    sheet.append([title])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.merge_cells("A1:B1")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = _LABEL_WIDTH, _TEXT_WIDTH
    for number, (label, value) in enumerate(rows, 2):
        sheet.cell(number, 1, label).font = Font(bold=True)
        cell = sheet.cell(number, 2, _writable(value)[:32_000])
        cell.data_type, cell.number_format = "s", "@"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


WRITERS: Mapping[str, Callable[[str, Rows], bytes]] = {".docx": as_docx, ".xlsx": as_xlsx}
"""File suffix → what writes such a file."""
RECEIPT_TITLE = "投诉举报件签收回执 Receipt"
ANSWER_TITLE = "投诉举报件办理情况反馈表 Answer"


def _referral(complaint: Complaint) -> Rows:
    """What identifies the referral. Of a report there is no sender here, so none is written."""
    referral = complaint.referral
    if referral is None:
        raise InvalidRequest(f"{complaint.tracking_number} is no referral of an authority")
    sender = [("投诉人 Complainant", complaint.sender.name or "")] if complaint.sender else []
    return [
        ("登记编号 Referral number", referral.number or "无编号 none"),
        ("来件单位 Authority", referral.authority or ""),
        ("类型 Kind", _KINDS.get(referral.kind, referral.kind)),
        ("被投诉主体 Respondent", referral.respondent or ""),
        *sender,
        ("本单位受理编号 Our number", complaint.tracking_number),
    ]


def _moment(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _end(at: datetime) -> str:
    """A time limit; midnight is the end of the day before, as papers write it."""
    text = _moment(at)
    return f"{_day(at - timedelta(minutes=1))} 24:00" if text.endswith(" 00:00") else text


def _day(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d")


def _writable(text: str) -> str:
    """Text that XML can hold."""
    return _UNWRITABLE.sub("\ufffd", text)
