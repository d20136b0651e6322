"""`intake submit` of a spreadsheet: put into the drop folder, whole at once."""

from pathlib import Path

import pytest

from deploy.handover import submit
from schemas.errors import InvalidRequest, Unreachable
from schemas.settings import FolderSettings, RegulatorAccountSettings, RegulatorSettings, Settings


def settings(*folders: Path) -> Settings:
    """An installation with these drop folders."""
    accounts = {
        f"bureau-{number}": RegulatorAccountSettings(folder=FolderSettings(path=path))
        for number, path in enumerate(folders)
    }
    return Settings(regulator=RegulatorSettings(accounts=accounts))


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """A file of an authority."""
    file = tmp_path / "export.csv"
    file.write_text("登记编号,投诉内容\n33010600000001,过期\n")
    return file


def test_a_spreadsheet_lies_in_the_folder_as_it_was(tmp_path: Path, sheet: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()

    [line] = submit(settings(folder), sheet)

    assert (line.way, line.channel) == ("folder", "regulator_12315")
    assert [one.name for one in folder.iterdir()] == ["export.csv"]
    assert (folder / "export.csv").read_bytes() == sheet.read_bytes()


def test_without_a_folder_or_with_several_it_says_what_to_do(tmp_path: Path, sheet: Path) -> None:
    with pytest.raises(InvalidRequest, match="no drop folder is set up"):
        submit(settings(), sheet)
    with pytest.raises(InvalidRequest, match="say --account, one of: bureau-0, bureau-1"):
        submit(settings(tmp_path / "a", tmp_path / "b"), sheet)
    with pytest.raises(Unreachable, match="cannot be written"):
        submit(settings(tmp_path / "not there"), sheet)
