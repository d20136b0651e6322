"""Bytes that somebody has tampered with: complaints or declared refusals, never anything else."""

import io
import json
import zipfile

import pytest
import xlrd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.regulator_12315.fields import SYNONYMS
from schemas.errors import PayloadRejected, Reason
from schemas.inbound import ParsedComplaint, SuspendedItem
from tests.connectors.conformance.said import everything_said
from tests.connectors.regulator_12315.sheets import (
    HEADER,
    NUMBER,
    comma_separated,
    complaints,
    connector,
    dropped,
    form,
    read,
    row,
    xlsx,
)
from tests.connectors.regulator_12315.test_documents import FORM, mail, pdf

READER = connector(max_rows=1_000)
_PUSH = json.dumps({"number": NUMBER, "kind": "report", "complainant": {"name": "张三丰"}, "text": "牛奶"}).encode()
SAMPLES = {
    "xlsx": xlsx(row(1), row(2)),
    "docx": form(*FORM),
    "pdf": pdf(f"number: {NUMBER}", "kind: complaint"),
    "csv": comma_separated(row(1), row(2), encoding="gb18030"),
    "eml": mail("编号：12345678", ("a.xlsx", "application/x-x", xlsx(row(1)))),
    "json": _PUSH,
    "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20) + b"\xfe\xff" + bytes(1_000),
}
LABELS = sorted(word for words in SYNONYMS.values() for word in words.split())
CELLS = st.one_of(st.text(max_size=30), st.sampled_from(LABELS), st.sampled_from(["投诉", "举报", NUMBER, "3.3E+24"]))


def only_items(body: bytes, content_type: str = "application/octet-stream") -> None:
    """Read bytes and look at what comes out."""
    try:
        items = READER.parse(dropped(body, content_type))
    except PayloadRejected:
        return
    assert all(isinstance(one, ParsedComplaint | SuspendedItem) for one in items)


@st.composite
def torn(draw: st.DrawFn) -> bytes:
    """A file of some type with a piece replaced, or a member of its zip."""
    body = SAMPLES[draw(st.sampled_from(sorted(SAMPLES)))]
    noise = draw(st.binary(max_size=60))
    if body.startswith(b"PK") and draw(st.booleans()):
        return _with_torn_member(body, draw(st.integers(0, 1_000)), draw(st.floats(0, 1)), noise)
    start = draw(st.integers(0, len(body)))
    end = draw(st.integers(start, min(len(body), start + 200)))
    return body[:start] + noise + body[end:]


def _with_torn_member(body: bytes, which: int, place: float, noise: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(packed, "w") as new:
        names = old.namelist()
        for name in names:
            content = old.read(name)
            cut = int(place * len(content))
            new.writestr(
                name, content[:cut] + noise + content[cut + 20 :] if name == names[which % len(names)] else content
            )
    return packed.getvalue()


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(torn())
def test_a_torn_file_is_read_or_refused(body: bytes) -> None:
    only_items(body)


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["application/json", "application/x-www-form-urlencoded", "x/y"]))
def test_any_bytes_are_read_or_refused(body: bytes, content_type: str) -> None:
    only_items(body, content_type)


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, max_size=8), max_size=12))
def test_any_cells_are_read_or_refused(rows: list[list[str]]) -> None:
    only_items("\n".join(",".join(f'"{cell}"' for cell in cells) for cells in rows).encode(errors="replace"))


@settings(deadline=None)
@given(st.dictionaries(CELLS, st.recursive(st.none() | CELLS | st.floats() | st.integers(), st.lists, max_leaves=5)))
def test_any_json_is_read_or_refused(referral: dict[str, object]) -> None:
    only_items(json.dumps({"referrals": [referral]}).encode())


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=20))
def test_any_form_is_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    only_items("\n".join(f"{label}：{value}" for label, value in pairs).encode(errors="replace"))


def test_a_name_of_formulas_and_a_text_of_markup_are_only_text() -> None:
    [found] = complaints(read(xlsx(row(投诉人='=HYPERLINK("x")', 问题描述="<script>alert(1)</script>"))))

    assert found.text.startswith("<script>")


def test_what_a_library_says_of_a_torn_file_is_not_logged() -> None:
    words = b"Zhang San 13800001234"
    with everything_said() as said:
        only_items(SAMPLES["pdf"].replace(b"/Font<<", words))
        only_items(SAMPLES["pdf"].replace(b"<</Type/Page/", words))

    assert said == [""]


def test_nul_and_lone_surrogates_are_replaced() -> None:
    [found] = complaints(read(b'{"number": "12345678", "kind": "complaint", "text": "a\\u0000b\\ud800c"}'))

    assert found.text == "a\ufffdb\ufffdc"


def test_an_old_workbook_is_read_with_its_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    book = _OldBook()
    monkeypatch.setattr(xlrd, "open_workbook", lambda **_: book)

    [found] = complaints(read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))

    assert found.referral is not None
    assert found.referral.number == NUMBER
    assert found.received_at.isoformat() == "2026-11-19T01:30:00+00:00"


class _OldBook:
    """What xlrd hands over: cells with a type (0 empty, 1 text, 2 number, 3 date)."""

    datemode = 0

    name = "投诉件"

    def __init__(self) -> None:
        self.nrows = 2
        values = row(1, 登记编号=NUMBER, 登记时间=46345.395833333336)
        self._rows = [
            [xlrd.sheet.Cell(1, label) for label in HEADER],
            [xlrd.sheet.Cell(3 if label == "登记时间" else 2 if label == "序号" else 1, value)
             for label, value in zip(HEADER, values, strict=True)],
        ]  # fmt: skip

    def sheets(self) -> list["_OldBook"]:
        return [self]

    def row(self, index: int) -> list[xlrd.sheet.Cell]:
        return self._rows[index]


def test_a_password_protected_workbook_says_so() -> None:
    protected = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le")

    with pytest.raises(PayloadRejected) as error:
        read(protected)

    assert error.value.reason is Reason.ENCRYPTED
