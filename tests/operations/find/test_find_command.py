"""`intake find`: what is found, masked, as a table or as JSON of its schema."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from deploy.cli.app import app_for
from infra.database import create_engine, migrate
from schemas.complaint import Sender
from schemas.find_lines import FindReport
from schemas.indexed import IndexedView
from schemas.settings import DatabaseSettings
from tests.workers.index.pieces import index, view
from tests.workers.pieces import PSEUDONYM_KEY

pytestmark = pytest.mark.services
WHO = Sender(name="欧阳明月", phones=("+8613812340001",))


async def _indexed(url: str, *views: IndexedView) -> None:
    await migrate(url)
    engine = create_engine(DatabaseSettings(url=SecretStr(url)))
    await index(engine, *views)
    await engine.dispose()


def found(*arguments: str) -> str:
    """What the command prints."""
    done = CliRunner().invoke(app_for(["find"]), ["find", *arguments])
    assert done.exit_code == 0
    return done.stdout


def test_the_command_finds_prints_masked_and_leaves_sealed_ones_out(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, sealed = view("1", sender=WHO, text="酸奶发霉"), view("2", sealed=True)
    asyncio.run(_indexed(database_url, one, sealed))
    monkeypatch.setenv("INTAKE_DATABASE__URL", database_url)
    monkeypatch.setenv("INTAKE_KEYS__PSEUDONYM", PSEUDONYM_KEY.decode())
    monkeypatch.setenv("INTAKE_HOME", str(tmp_path))

    report = FindReport.model_validate_json(found("0001", "--json"))
    table = found("酸奶", "--lang", "en")

    assert (report.read_as, [line.tracking_number for line in report.found]) == ("phone-end", [one.tracking_number])
    assert one.tracking_number in table
    assert "13812340001" not in table + report.model_dump_json()
    assert sealed.tracking_number not in found()
    assert sealed.tracking_number in found("--sealed")
