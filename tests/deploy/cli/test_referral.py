"""`intake referral`: papers from the newest state of a complaint, for the owner's eyes, and nothing overwritten."""

import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from docx import Document
from typer.testing import CliRunner

from deploy.cli import referral
from schemas.complaint import Complaint, RawRef, Referral
from schemas.errors import InvalidRequest, Unreachable

NUMBER = "7E1Z-XQ76-6N4P-F"
SUBJECT = UUID("958a78aa-7fb5-56ef-b78f-7fa5f17a152e")
AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def received(revision: int, status: str) -> Complaint:
    """A referral in one of its states."""
    return Complaint(
        complaint_id=SUBJECT,
        revision=revision,
        tracking_number=NUMBER,
        channel="regulator_12315",
        account="a",
        source_id="referral:x",
        received_at=AT,
        received_at_source="stamp",
        ingested_at=AT,
        text=f"牛奶过期（{status}）",
        referral=Referral(number="3301060000000202611190001", kind="complaint", status=status),
        raw=RawRef(sha256="0" * 64, size_bytes=1),
    )


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two revisions of one referral, as the stages have left them."""

    async def subject_of(*_: Any) -> UUID:
        return SUBJECT

    async def decisions_of(*_: Any) -> dict[str, list[Any]]:
        return {"route": [SimpleNamespace(topic="t", partition=0, offset=1)]}

    async def records_at(_: Any, places: set[tuple[str, int, int]]) -> AsyncIterator[tuple[None, Complaint]]:
        assert places == {("t", 0, 1)}
        for one in (received(2, "已受理"), received(1, "待办")):
            yield None, one

    @asynccontextmanager
    async def database(_: Any) -> AsyncIterator[Any]:
        @asynccontextmanager
        async def connect() -> AsyncIterator[None]:
            yield None

        yield SimpleNamespace(connect=connect)

    monkeypatch.setattr(
        referral, "finding", SimpleNamespace(subject_of=subject_of, decisions_of=decisions_of, records_at=records_at)
    )
    monkeypatch.setattr(referral, "database", database)
    monkeypatch.setattr(referral, "require_kafka", lambda _: None)


@pytest.mark.usefixtures("stored")
def test_a_draft_is_made_of_the_newest_state_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "result.txt").write_text("已退款", encoding="utf-8")
    out = tmp_path / "draft.docx"

    done = CliRunner().invoke(
        referral.app, ["draft", NUMBER, "--out", str(out), "--by", "王小明", "--result", f"@{tmp_path / 'result.txt'}"]
    )

    assert done.exit_code == 0
    text = "".join(cell.text for row in Document(str(out)).tables[0].rows for cell in row.cells)
    assert "已受理" in text
    assert "已退款" in text
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


@pytest.mark.usefixtures("stored")
def test_a_paper_that_exists_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "receipt.xlsx"
    out.write_text("kept")

    done = CliRunner().invoke(referral.app, ["receipt", NUMBER, "--out", str(out), "--by", "王小明"])

    assert isinstance(done.exception, InvalidRequest)
    assert out.read_text() == "kept"


def test_another_kind_of_file_and_a_system_that_does_not_run_are_said(tmp_path: Path) -> None:
    odd, absent = (
        CliRunner().invoke(referral.app, ["receipt", NUMBER, "--out", str(tmp_path / name), "--by", "王小明"])
        for name in ("a.pdf", "a.docx")
    )

    assert isinstance(odd.exception, InvalidRequest)
    assert isinstance(absent.exception, Unreachable)
