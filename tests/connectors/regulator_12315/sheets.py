"""Files of authorities made in memory, and a reader with the keys of the conformance kit."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from docx import Document
from openpyxl import Workbook

from connectors.regulator_12315 import Regulator
from schemas.complaint import Complaint
from schemas.inbound import Inbound, ParsedComplaint, ParsedItem, SuspendedItem
from schemas.settings import RegulatorAccountSettings, RegulatorSettings
from tests.connectors.conformance.case import ACCOUNT, NUMBERING, OTHER_ACCOUNT, PSEUDONYM_KEY

MOMENT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
HEADER = ("序号", "登记编号", "类型", "投诉人", "联系电话", "企业名称", "问题描述", "投诉请求", "登记时间", "状态")
NUMBER = "3301060000000202611190001"


def row(index: int = 1, **changed: Any) -> list[Any]:
    """One row under `HEADER`."""
    values: dict[str, Any] = {
        "序号": index,
        "登记编号": f"33010600000002026111{index:05}",
        "类型": "投诉",
        "投诉人": "张三丰",
        "联系电话": "13800001234",
        "企业名称": "某超市有限公司",
        "问题描述": f"第{index}次买到过期牛奶",
        "投诉请求": "退货退款",
        "登记时间": "2026-11-19 09:30",
        "状态": "待办",
    }
    return [(values | changed)[name] for name in HEADER]


def xlsx(*rows: Sequence[Any], header: Sequence[Any] = HEADER, above: Sequence[Sequence[Any]] = ()) -> bytes:
    """A workbook with one sheet."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for one in (*above, header, *rows):
        sheet.append(list(one))
    return saved(book)


def saved(book: Workbook) -> bytes:
    """The bytes of a workbook."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def comma_separated(*rows: Sequence[Any], encoding: str) -> bytes:
    """The same as text."""
    file = io.StringIO()
    csv.writer(file).writerows([HEADER, *rows])
    return file.getvalue().encode(encoding)


def form(*rows: Sequence[str], heading: str = "投诉登记表") -> bytes:
    """A document with a heading and one table in the layout of a form."""
    document = Document()
    document.add_heading(heading)
    table = document.add_table(0, max(map(len, rows)))
    for one in rows:
        cells = table.add_row().cells
        for cell, text in zip(cells, one, strict=False):
            cell.text = text
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def connector(**settings: Any) -> Regulator:
    """The reader; both accounts belong to one system of an authority."""
    account = RegulatorAccountSettings(authority="某区市场监督管理局", source_system="12315")
    accounts = {ACCOUNT: account, OTHER_ACCOUNT: account}
    return Regulator(NUMBERING, PSEUDONYM_KEY.encode(), RegulatorSettings(accounts=accounts, **settings))


def dropped(body: bytes, content_type: str = "application/octet-stream", **source: str) -> Inbound:
    """A file that lay in the folder."""
    source = {"kind": "folder", "entry": "file"} | source
    return Inbound("regulator_12315", ACCOUNT, body, MOMENT, "gateway", MOMENT, content_type, source=source)


def read(body: bytes, **settings: Any) -> list[ParsedItem]:
    """What a file becomes."""
    return connector(**settings).parse(dropped(body))


def complaints(items: Sequence[ParsedItem]) -> list[Complaint]:
    """The complaints among items."""
    return [one.complaint for one in items if isinstance(one, ParsedComplaint)]


def suspended(items: Sequence[ParsedItem]) -> list[SuspendedItem]:
    """The items that could not be read."""
    return [one for one in items if isinstance(one, SuspendedItem)]
