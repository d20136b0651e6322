"""Both sides of the channel: the authority that pushes and exports, and the reader, written apart."""

from collections.abc import Sequence
from pathlib import Path

import pytest

import deploy.demo
from connectors.regulator_12315 import Regulator
from deploy.vendors.authority import HEADER, Authority, Export, main
from deploy.vendors.server import Push
from schemas.inbound import Inbound, ParsedItem
from tests.connectors.conformance.case import ACCOUNT, MOMENT
from tests.connectors.conformance.regulator_cases import SECRETS, regulator
from tests.connectors.regulator_12315.sheets import complaints, connector, dropped, read, suspended

DEMO = Path(str(deploy.demo.__file__)).parent / "regulator_12315"
AUTHORITY = Authority(ACCOUNT, "new", SECRETS["new"])


def delivered(push: Push) -> Inbound:
    """A push as the gateway hands it on."""
    headers = {name.lower(): value for name, value in push.headers.items()}
    return Inbound(
        "regulator_12315", ACCOUNT, push.body, MOMENT, "gateway", MOMENT, "application/json", headers=headers
    )


def test_what_the_authority_signs_is_taken() -> None:
    reader = regulator().connector

    items = reader.parse(
        delivered(AUTHORITY.push([{"number": "12345678", "kind": "complaint", "text": "x"}], MOMENT, "n"))
    )

    assert len(complaints(items)) == 1


def test_the_demos_push_is_a_complaint_and_a_sealed_report() -> None:
    items = regulator().connector.parse(delivered(AUTHORITY.signed((DEMO / "1-push.json").read_bytes(), MOMENT, "n")))

    assert [one.sealed for one in complaints(items)] == [False, True]
    assert "吴军" not in complaints(items)[1].to_json().decode()


@pytest.mark.parametrize(("file", "good", "bad"), [("2-export.xlsx", 5, 1), ("3-form.docx", 1, 0)])
def test_the_demos_files_are_read(file: str, good: int, bad: int) -> None:
    items = read((DEMO / file).read_bytes())

    assert (len(complaints(items)), len(suspended(items))) == (good, bad)


def test_an_export_has_the_broken_and_changed_rows_it_was_asked_for() -> None:
    first, next_day = Export(rows=200, broken=8), Export(rows=230, changed=40, reordered=True)

    before, after = (complaints(_read(one)) for one in (first, next_day))

    assert len(suspended(_read(first))) == 8
    known = {one.complaint_id: one.version for one in before}
    again = [one for one in after if one.complaint_id in known]
    assert len(after) - len(again) == 230 - 192
    assert 0 < len([one for one in again if known[one.complaint_id] != one.version]) <= 40


def _read(export: Export) -> Sequence[ParsedItem]:
    return connector().parse(dropped(export.xlsx()))


def test_an_export_is_written_from_the_command_line(tmp_path: Path) -> None:
    main([str(tmp_path / "a.xlsx"), "--rows", "3"])

    assert len(complaints(read((tmp_path / "a.xlsx").read_bytes()))) == 3
    assert len(HEADER) == 14


def test_a_file_can_be_looked_at_without_a_signature() -> None:
    assert isinstance(connector(), Regulator)
    assert len(complaints(connector().read(dropped((DEMO / "1-push.json").read_bytes(), kind="api")))) == 2
