"""The papers for authorities: all they ask for, text that stays text, nothing of who reported."""

import io
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from docx import Document
from openpyxl import load_workbook

from connectors.regulator_12315.drafts import (
    ANSWER_TITLE,
    RECEIPT_TITLE,
    AnswerDraft,
    answer_rows,
    as_docx,
    as_xlsx,
    receipt_rows,
)
from schemas.complaint import Complaint
from schemas.errors import InvalidRequest
from schemas.reply import ways_back
from tests.connectors.regulator_12315.sheets import HEADER, NUMBER, complaints, read, row, xlsx

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ANSWER = AnswerDraft("已核查批次并联系顾客。", "=退款 12.80 元，顾客满意。", "王小明", AT)


def referral(**changed: Any) -> Complaint:
    """A referral as it was read, with a written due date."""
    [found] = complaints(read(xlsx([*row(登记编号=NUMBER, **changed), "2026-12-01"], header=[*HEADER, "办理期限"])))
    return found


def test_a_receipt_says_number_times_and_who_took_it() -> None:
    rows = receipt_rows(referral(), "王小明", AT)

    text = "\n".join(cell.text for line in Document(io.BytesIO(as_docx(RECEIPT_TITLE, rows))).tables[0].rows
                     for cell in line.cells)  # fmt: skip
    for said in (NUMBER, "某超市有限公司", "2026-11-19 09:30", "2026-12-01 24:00", "王小明", "2026-11-24"):
        assert said in text


def test_an_answer_has_every_field_on_paper_and_in_a_sheet() -> None:
    rows = answer_rows(referral(), ANSWER)

    sheet = load_workbook(io.BytesIO(as_xlsx(ANSWER_TITLE, rows))).active
    assert sheet is not None
    written = {str(line[0].value).split()[0]: line[1] for line in sheet.iter_rows(min_row=2)}
    assert set(written) >= {"登记编号", "被投诉主体", "处理经过", "处理结果", "办理人", "日期"}
    assert (written["登记编号"].value, written["登记编号"].data_type) == (NUMBER, "s")
    assert (written["处理结果"].value, written["处理结果"].data_type) == (ANSWER.result, "s")
    paper = Document(io.BytesIO(as_docx(ANSWER_TITLE, rows))).tables[0]
    assert [line.cells[0].text for line in paper.rows] == [label for label, _ in rows]


def test_the_papers_of_a_report_say_nothing_of_who_reported() -> None:
    rows = answer_rows(referral(类型="举报", 问题描述="张三丰举报，电话13800001234"), ANSWER)

    assert [value for _, value in rows if "张三丰" in value or "13800001234" in value] == []


def test_characters_that_no_paper_holds_are_replaced() -> None:
    odd = AnswerDraft("a\x01b", "c\x0bd", "e", AT)

    assert as_docx(ANSWER_TITLE, answer_rows(referral(), odd))
    assert as_xlsx(ANSWER_TITLE, answer_rows(referral(), odd))


def test_what_is_no_referral_has_no_papers() -> None:
    with pytest.raises(InvalidRequest):
        receipt_rows(referral().model_copy(update={"referral": None, "complaint_id": uuid4()}), "王小明", AT)


def test_a_referral_is_never_answered_to_the_person() -> None:
    assert ways_back(referral()).ways == ()
