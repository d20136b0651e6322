"""`intake parse` over what every channel gets: each sample is read, what is no delivery has a reason and no crash."""

import io
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import deploy.demo
from connectors.registry import CONNECTORS
from deploy.vendors.authority import Export, complaint_form
from schemas.errors import Reason
from tests.deploy.cli.running import Intake

pytestmark = pytest.mark.usefixtures("nothing_runs")

DEMO = Path(deploy.demo.__file__).parent
SAMPLES = [
    *(("wechat", file, ["chat"]) for file in sorted((DEMO / "wechat").glob("*.xml"))),
    ("phone", DEMO / "phone" / "1-two-sms.aliyun.json", ["sms", "sms"]),
    ("phone", DEMO / "phone" / "2-missed-call.aliyun.json", ["call"]),
    ("phone", DEMO / "phone" / "3-answered-call.tencent.json", ["call"]),
    ("phone", DEMO / "phone" / "4-its-recording.tencent.json", ["addition"]),
    ("regulator_12315", DEMO / "regulator_12315" / "1-push.json", ["complaint", "report"]),
    ("regulator_12315", DEMO / "regulator_12315" / "3-form.docx", ["complaint"]),
    *((None, file, ["api"]) for file in sorted((DEMO / "deliveries").glob("*.json"))),
    *((None, file, ["mail"]) for file in sorted((DEMO / "deliveries").glob("*.eml"))),
]
"""Channel, file, and what each line is."""


def zipped(**members: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return file.getvalue()


GARBAGE = {
    "nothing": b"",
    "blanks": b" \r\n\t ",
    "zeros": b"\x00" * 4096,
    "noise": bytes(range(256)) * 16,
    "half a character": "投诉".encode()[:-1],
    "utf-16": "投诉内容".encode("utf-16"),
    "json of nothing": b"null",
    "json cut off": b'{"text": "',
    "json a million deep": b"[" * 1_000_000,
    "json with a huge figure": b'{"number": ' + b"9" * 100_000 + b"}",
    "xml cut off": b"<xml><ToUserName><![CDATA[a",
    "xml that grows": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><xml>&b;</xml>',
    "xml that reads files": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>',
    "a zip of nothing": zipped(),
    "a zip of something else": zipped(readme="hello"),
    "a workbook without sheets": zipped(xl__workbook="<workbook/>"),
    "a document without words": zipped(word__document="<document/>"),
    "a workbook cut off": Export(10).xlsx()[:2_000],
    "a document cut off": complaint_form("3301060000000202611190001")[:-300],
    "an old workbook without content": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2_000,
    "a pdf without pages": b"%PDF-1.7\n%%EOF",
    "a picture": b"\x89PNG\r\n\x1a\n" + b"\x00" * 64,
}
REASONS = {reason.value for reason in Reason} - {Reason.PARSER_CRASHED.value}


def what(line: dict[str, Any]) -> str:
    """What a line of the output is."""
    if "suspended" in line:
        return str(line["suspended"])
    if "addition_id" in line:
        return "addition"
    return str(line["referral"]["kind"] if line["referral"] else line["entry"])


@pytest.mark.parametrize(
    ("channel", "file", "expected"), SAMPLES, ids=[f"{file.parent.name}/{file.name}" for _, file, _ in SAMPLES]
)
def test_a_sample_of_each_channel_and_type_is_read(
    intake: Intake, channel: str | None, file: Path, expected: list[str]
) -> None:
    done = intake("parse", *(("--channel", channel) if channel else ()), file)

    assert done.code == 0
    assert [what(line) for line in done.lines] == expected
    assert [line["file"] for line in done.lines] == [str(file)] * len(expected)
    assert [line["item"] for line in done.lines] == list(range(len(expected)))


def test_each_row_of_an_export_is_a_complaint_or_a_reason(intake: Intake, tmp_path: Path) -> None:
    file = tmp_path / "export.xlsx"
    file.write_bytes(Export(rows=120, broken=8).xlsx())

    done = intake("parse", "--channel", "regulator_12315", file)

    assert done.code == 0
    assert Counter(map(what, done.lines)) == {"complaint": 112, "bad_number": 6, "digits_lost": 2}


def test_the_export_of_the_demo_is_read_but_for_one_row(intake: Intake) -> None:
    done = intake("parse", "--channel", "regulator_12315", DEMO / "regulator_12315" / "2-export.xlsx")

    found = Counter(map(what, done.lines))
    assert (done.code, found.pop("bad_number"), set(found)) == (0, 1, {"complaint"})


def test_the_export_of_a_day_without_referrals_is_read_and_brings_nothing(intake: Intake, tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_bytes("登记编号,类型,投诉人\n".encode("gb18030"))

    done = intake("parse", "--channel", "regulator_12315", file)

    assert (done.code, done.out) == (0, "")


@pytest.mark.parametrize("channel", sorted(CONNECTORS))
def test_what_is_no_delivery_has_a_reason_and_crashes_no_reader(intake: Intake, channel: str, tmp_path: Path) -> None:
    files = []
    for number, content in enumerate(GARBAGE.values()):
        files.append(tmp_path / f"{number}")
        files[-1].write_bytes(content)

    done = intake("parse", "--channel", channel, *files)

    assert (done.code, done.err) == (0, "")
    named = dict(zip(map(str, files), GARBAGE, strict=True))
    told = {named[line["file"]]: line for line in done.lines}
    assert set(told) == set(GARBAGE)
    assert {line.get("suspended") for line in told.values()} <= REASONS
    assert [name for name, line in told.items() if not line["detail"]] == []
    assert "/etc/passwd" not in done.out
    assert "root:" not in done.out
