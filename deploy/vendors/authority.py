"""An authority's side: signed pushes of referrals, and the exports a bureau's clerk makes day by day.

The push follows the scheme we offer to whoever connects (facts 4.4): HMAC-SHA256 in hexadecimal over timestamp, method,
path and SHA-256 of the body, joined by full stops; written here a second time so that a mistake on one side shows. The
columns are those of exports that were seen (facts 4.2, 4.4); there is no published layout (unsure).
"""

import argparse
import hashlib
import hmac
import io
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from docx import Document
from openpyxl import Workbook

from deploy.vendors.server import Push

HEADER = (
    "序号",
    "登记编号",
    "类型",
    "投诉人",
    "联系电话",
    "企业名称",
    "涉及商品",
    "问题类别",
    "问题描述",
    "投诉请求",
    "涉及金额",
    "登记时间",
    "办理期限",
    "状态",
)
_SURNAMES, _GIVEN = "王李张刘陈杨黄赵吴周", "伟芳娜敏静丽强磊军洋"
_PROBLEMS = (
    ("鲜牛奶", "食品安全", "买到的鲜牛奶已经过期三天", "退货退款"),
    ("电饭煲", "售后服务", "电饭煲用了两次就不通电，门店拒绝保修", "修理或更换"),
    ("大米", "价格", "标价 39.9 元，结账时收了 45.9 元", "退还差价"),
    ("儿童椅", "产品质量", "椅腿断裂，孩子摔倒", "赔偿损失"),
)
_RESPONDENT = "某某超市有限公司"
_FIRST_DAY = datetime(2026, 11, 19, 9, 0)  # noqa: DTZ001 - a spreadsheet has no zone


@dataclass(frozen=True, slots=True)
class Export:
    """One export. `broken` rows have a number nobody can use; of the first `changed` the status is another one than
    the day before; `reordered` deals the rows anew; `first` is where the numbers begin."""

    rows: int = 100
    broken: int = 0
    changed: int = 0
    reordered: bool = False
    first: int = 1
    seed: int = 1

    def table(self) -> list[list[Any]]:
        """The rows under `HEADER`, numbered in the order they stand."""
        rows = [self._row(index) for index in range(self.first, self.first + self.rows)]
        for index in range(self.broken):
            rows[(index + 1) * self.rows // (self.broken + 1)][1] = ("无", "12345", "3.30106E+24", "#REF!")[index % 4]
        if self.reordered:
            random.Random(self.seed).shuffle(rows)  # noqa: S311 - an order, no secret
        return [[place, *one[1:]] for place, one in enumerate(rows, 1)]

    def xlsx(self) -> bytes:
        """As a workbook with a title above the header, as bureaus write it."""
        book = Workbook()
        sheet = book.active or book.create_sheet()
        sheet.append(["某某区市场监督管理局 投诉转办清单"])
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(HEADER))
        for row in (HEADER, *self.table()):
            sheet.append(list(row))
        return _saved(book)

    def _row(self, index: int) -> list[Any]:
        chance = random.Random(index)  # noqa: S311 - the same row again the next day
        product, category, problem, request = chance.choice(_PROBLEMS)
        filed = _FIRST_DAY + timedelta(minutes=chance.randrange(600))
        status = "已受理" if index - self.first < self.changed else "待受理"
        return [
            0,
            f"3301062{index:06}20261119{index % 10_000:04}",
            "投诉",
            chance.choice(_SURNAMES) + chance.choice(_GIVEN) + chance.choice(_GIVEN),
            f"139{chance.randrange(10**8):08}",
            _RESPONDENT,
            product,
            category,
            f"{problem}（{index}）",
            request,
            f"{chance.randrange(10, 900)}.00",
            filed.strftime("%Y-%m-%d %H:%M"),
            (filed + timedelta(days=15)).strftime("%Y-%m-%d"),
            status,
        ]


def sign(secret: str, timestamp: int, path: str, body: bytes) -> str:
    """The signature of a push."""
    text = ".".join([str(timestamp), "POST", path, hashlib.sha256(body).hexdigest()])
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Authority:
    """A system of an authority that pushes referrals to one account."""

    account: str
    key_id: str
    secret: str

    def push(self, referrals: Sequence[Mapping[str, Any]], at: datetime, nonce: str) -> Push:
        """A signed push, ready to be posted; the same nonce again is a retry."""
        body = json.dumps({"referrals": list(referrals)}, ensure_ascii=False).encode()
        return self.signed(body, at, nonce)

    def signed(self, body: bytes, at: datetime, nonce: str) -> Push:
        """Any body, signed."""
        path, timestamp = f"/webhooks/regulator_12315/{self.account}", int(at.timestamp())
        headers = {
            "Content-Type": "application/json",
            "X-Key-Id": self.key_id,
            "X-Timestamp": str(timestamp),
            "X-Nonce": nonce,
            "X-Signature": sign(self.secret, timestamp, path, body),
            "Idempotency-Key": nonce,
        }
        return Push(path, body, headers)


def complaint_form(number: str) -> bytes:
    """A filled-in 投诉登记表 as a document (layout: official form of 2026-04, facts 4.2)."""
    rows = (
        ("登记单位", "某某区市场监督管理局", "编号", number),
        ("投诉人", "姓名", "陈静", ""),
        ("", "联系电话", "13900005678", ""),
        ("", "联系地址", "某市某区某路 1 号", ""),
        ("被投诉人", "名称", _RESPONDENT, ""),
        ("", "地址", "某市某区商业街 8 号", ""),
        (
            "消费者权益争议事实依据",
            "2026年11月18日在该店购买的电饭煲用了两次就不通电，门店拒绝保修，票据齐全。",
            "",
            "",
        ),
        ("投诉请求", "☑修理 □更换 □退货", "", ""),
    )
    document = Document()
    document.add_heading("投诉登记表", level=1)
    table = document.add_table(rows=0, cols=4, style="Table Grid")
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def main(arguments: Sequence[str] | None = None) -> None:
    """Write an export: `python -m deploy.vendors.authority out.xlsx --rows 5000 --broken 200`."""
    asked = argparse.ArgumentParser(description="Write an export of referrals as a bureau would.")
    asked.add_argument("file", type=Path)
    asked.add_argument("--rows", type=int, default=100, help="rows in all")
    asked.add_argument("--broken", type=int, default=0, help="rows with an unusable number")
    asked.add_argument("--changed", type=int, default=0, help="rows with another status than the day before")
    asked.add_argument("--first", type=int, default=1, help="where the numbers begin")
    asked.add_argument("--reordered", action="store_true", help="rows in another order")
    given = asked.parse_args(arguments)
    export = Export(given.rows, given.broken, given.changed, given.reordered, given.first)
    given.file.write_bytes(export.xlsx())


if __name__ == "__main__":
    main()
