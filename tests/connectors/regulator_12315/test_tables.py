"""Tables of authorities: found by their words, row by row, in every file type."""

import io

import pytest
from openpyxl import Workbook

from schemas.complaint import Proof
from schemas.errors import PayloadRejected, Reason
from tests.connectors.regulator_12315.sheets import (
    HEADER,
    NUMBER,
    comma_separated,
    complaints,
    read,
    row,
    saved,
    suspended,
    xlsx,
)


def test_a_row_becomes_a_complaint_with_the_authority_as_proof() -> None:
    [found] = complaints(read(xlsx(row(登记编号=NUMBER, 登记时间="2026-11-19 09:30"))))

    assert found.referral is not None
    assert (found.referral.number, found.referral.kind, found.referral.status) == (NUMBER, "complaint", "待办")
    assert found.referral.authority == "某区市场监督管理局"
    assert found.sender is not None
    assert (found.sender.name, found.sender.phones) == ("张三丰", ("+8613800001234",))
    assert found.sender.proofs == {"+8613800001234": Proof.AUTHORITY}
    assert (found.received_at.isoformat(), found.received_at_source) == ("2026-11-19T01:30:00+00:00", "stamp")
    assert found.submitted_by.role == "authority"
    assert found.tasks == ("platform-entry",)
    assert found.reply_to is None
    assert "过期牛奶" in found.text
    assert "退货退款" in found.text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030", "utf-16"])
def test_the_same_rows_as_text_are_the_same_complaints(encoding: str) -> None:
    rows = [row(1), row(2)]

    found = complaints(read(comma_separated(*rows, encoding=encoding)))

    assert [(one.complaint_id, one.version) for one in found] == [
        (one.complaint_id, one.version) for one in complaints(read(xlsx(*rows)))
    ]


def test_a_table_in_html_that_calls_itself_xls_is_read() -> None:
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in one)}</tr>" for one in (HEADER, row(1)))

    [found] = complaints(read(f"<html><body><table>{lines}</table></body></html>".encode()))

    assert found.referral is not None
    assert found.referral.number == row(1)[1]


def test_the_header_is_found_below_titles_and_blank_rows() -> None:
    above = [["某区市场监督管理局转办清单"], [], ["制表日期", "2026-11-20"], []]

    assert len(complaints(read(xlsx(row(1), [], row(2), above=above)))) == 2


def test_a_header_of_two_rows_with_merged_cells_is_read() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["登记编号", "类型", "投诉人信息", None, "问题描述"])
    sheet.append([None, None, "姓名", "联系电话", None])
    sheet.append([NUMBER, "投诉", "张三丰", "13800001234", "过期牛奶"])
    for merged in ("A1:A2", "B1:B2", "C1:D1", "E1:E2"):
        sheet.merge_cells(merged)

    [found] = complaints(read(saved(book)))

    assert found.sender is not None
    assert (found.sender.name, found.sender.phones) == ("张三丰", ("+8613800001234",))


def test_every_sheet_is_read_and_hidden_ones_are_not() -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for index, title in enumerate(("一", "二", "三"), 1):
        sheet = book.create_sheet(title)
        sheet.append(HEADER)
        sheet.append(row(index))
    book.worksheets[1].sheet_state = "hidden"

    assert len(complaints(read(saved(book)))) == 2


def test_a_number_stored_as_a_figure_is_refused_and_never_rounded() -> None:
    [item] = suspended(read(xlsx(row(登记编号=int(NUMBER)))))

    assert item.reason is Reason.DIGITS_LOST
    assert item.detail.startswith("sheet 1 row 2: ")


def test_a_number_that_excel_wrote_out_as_text_is_refused_too() -> None:
    [item] = suspended(read(comma_separated(row(登记编号="3.30106E+24"), encoding="utf-8")))

    assert item.reason is Reason.DIGITS_LOST


def test_leading_zeros_and_25_digits_stay_as_they_are() -> None:
    numbers = ["0000000000000202611190001", "HZDH20261119093000"]

    found = complaints(read(xlsx(*(row(登记编号=number) for number in numbers))))

    assert [one.referral.number for one in found if one.referral] == numbers


def test_bad_rows_are_told_and_good_ones_go_on() -> None:
    items = read(xlsx(row(1), row(2, 登记编号="坏"), row(3, 问题描述="", 投诉请求=""), row(4)))

    assert len(complaints(items)) == 2
    assert [(one.reason, one.detail[:14]) for one in suspended(items)] == [
        (Reason.BAD_NUMBER, "sheet 1 row 3:"),
        (Reason.EMPTY, "sheet 1 row 4:"),
    ]


def test_five_thousand_rows_with_two_hundred_broken_ones() -> None:
    rows = [
        row(index, 登记编号="坏" if index % 25 == 0 else f"33010600000002026{index:08}") for index in range(1, 5_001)
    ]

    items = read(xlsx(*rows))

    assert len({one.complaint_id for one in complaints(items)}) == 4_800
    assert len({(one.source_id, one.detail) for one in suspended(items)}) == 200


def test_the_next_days_export_holds_the_new_the_changed_and_the_same() -> None:
    first = complaints(read(xlsx(*(row(index) for index in range(1, 1_001)))))
    changed = [row(index, 状态="已办结" if index <= 40 else "待办") for index in range(1_300, 0, -1)]
    rows = [[position, *one[1:]] for position, one in enumerate(changed, 1)]

    next_day = complaints(read(xlsx(*rows)))

    known = {one.complaint_id: one.version for one in first}
    assert len({one.complaint_id for one in next_day} - known.keys()) == 300
    updates = [one for one in next_day if known.get(one.complaint_id, one.version) != one.version]
    assert len(updates) == 40


def test_a_row_without_number_is_named_by_its_words_and_how_often_they_came() -> None:
    same = row(登记编号=None)
    once, twice = (complaints(read(xlsx(*rows))) for rows in ([same], [same, same]))

    assert len({one.complaint_id for one in twice}) == 2
    assert once[0].complaint_id == twice[0].complaint_id
    assert once[0].version is None


def test_accounts_of_one_system_share_their_numbers() -> None:
    pushed = read(xlsx(row(1)))[0]

    assert (
        complaints([pushed])[0].complaint_id
        == complaints(read(comma_separated(row(1), encoding="gbk")))[0].complaint_id
    )


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2026年11月19日 9时30分", "2026-11-19T01:30:00+00:00"),
        ("46345.5", "2026-11-19T04:00:00+00:00"),
        ("2026/11/18", "2026-11-17T16:00:00+00:00"),
        ("2027-01-01", "2026-11-20T03:00:00+00:00"),
        ("2019-01-01", "2026-11-20T03:00:00+00:00"),
        ("2026-11-20", "2026-11-20T03:00:00+00:00"),
        ("昨天", "2026-11-20T03:00:00+00:00"),
    ],
)
def test_a_stamp_sets_the_clock_only_when_it_can_be_believed(stamp: str, expected: str) -> None:
    [found] = complaints(read(xlsx(row(登记时间=stamp))))

    assert found.received_at.isoformat() == expected
    assert found.received_at_source == ("gateway" if expected.startswith("2026-11-20T03") else "stamp")


@pytest.mark.parametrize(
    ("written", "due"),
    [
        ("2026-12-01", "2026-12-01T16:00:00+00:00"),
        ("2026-12-01 17:00", "2026-12-01T09:00:00+00:00"),
        ("5个工作日", "2026-11-26T16:00:00+00:00"),
        ("15日内", "2026-12-04T16:00:00+00:00"),
    ],
)
def test_a_written_due_date_is_kept(written: str, due: str) -> None:
    header = [*HEADER, "办理期限"]

    [found] = complaints(read(xlsx([*row(1), written], header=header)))

    assert found.referral is not None
    assert found.referral.due_at is not None
    assert found.referral.due_at.isoformat() == due


def test_a_due_date_nobody_can_read_is_said() -> None:
    [found] = complaints(read(xlsx([*row(1), "尽快"], header=[*HEADER, "办理期限"])))

    assert found.warnings == ("due_at_unreadable",)


def test_a_column_we_do_not_know_is_kept_with_its_label() -> None:
    [found] = complaints(read(xlsx([*row(1), "会员日"], header=[*HEADER, "活动"])))

    assert "活动：会员日" in found.text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"\0\1\2", Reason.WRONG_TYPE),
        (b"PK\x03\x04nonsense", Reason.UNREADABLE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), Reason.WRONG_TYPE),
        (b"%PDF-1.4 nonsense", Reason.UNREADABLE),
        ("甲,乙\n1,2\n".encode(), Reason.NO_HEADER),
    ],
)
def test_a_file_that_cannot_be_read_says_why(body: bytes, reason: Reason) -> None:
    with pytest.raises(PayloadRejected) as error:
        read(body)

    assert error.value.reason is reason


def test_a_workbook_that_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(PayloadRejected) as error:
        read(xlsx(row(1)), max_unpacked_bytes=1_000)

    assert error.value.reason is Reason.TOO_LARGE


def test_a_cell_longer_than_the_limit_suspends_its_row_only() -> None:
    items = read(xlsx(row(1, 问题描述="坏" * 200), row(2)), max_cell_chars=100)

    assert [one.reason for one in suspended(items)] == [Reason.TOO_LARGE]
    assert len(complaints(items)) == 1


def test_more_rows_than_the_limit_are_refused_as_a_whole() -> None:
    with pytest.raises(PayloadRejected) as error:
        read(xlsx(*map(row, range(1, 12))), max_rows=10)

    assert error.value.reason is Reason.TOO_LARGE


def test_a_table_without_rows_holds_nothing() -> None:
    assert read(xlsx()) == []


def test_a_csv_with_the_end_of_a_cell_missing_is_read_to_its_end() -> None:
    body = io.BytesIO(comma_separated(row(1), encoding="utf-8") + b'"3301060000,\xe6\x8a\x95')

    assert len(complaints(read(body.getvalue()))) == 1
