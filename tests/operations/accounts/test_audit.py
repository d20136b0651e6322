"""The audit log: found by who, what and when; taken along without a formula; on record itself."""

import csv
from datetime import timedelta
from io import StringIO

import pytest

from gateway.staff.audit import audit
from gateway.staff.roles import Role
from operations.spreadsheet import lines
from tests.gateway.staff.conftest import Desk
from tests.operations.accounts.conftest import OpenOps, audited

PAGE = "/ops/audit"


async def note(desk: Desk, action: str, days_ago: int = 0, **more: object) -> None:
    async with desk.engine.begin() as connection:
        await audit(connection, desk.of.now - timedelta(days=days_ago), None, action, by=str(more.get("by", "ops")),
                    object_ids=more.get("ids", ()), purpose=more.get("purpose"))  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.services
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {"task.done", "qr.revoke", "qr.make"}),
        ({"action": "qr."}, {"qr.revoke", "qr.make"}),
        ({"action": "qr_"}, set()),
        ({"who": "wang"}, {"task.done"}),
        ({"object": "c-1"}, {"qr.make"}),
        ({"until": "2026-11-20"}, {"qr.revoke"}),
        ({"since": "2026-11-21", "action": "qr."}, {"qr.make"}),
        ({"since": "not a date", "until": "9999-12-31"}, {"task.done", "qr.revoke", "qr.make"}),
    ],
)
async def test_entries_are_found_by_who_what_and_when(
    open_ops: OpenOps, asked: dict[str, str], found: set[str]
) -> None:
    async with open_ops() as desk:
        await desk.signed_in("root", Role.SUPERVISOR)
        await note(desk, "task.done", by="wang")
        await note(desk, "qr.revoke", 3)
        await note(desk, "qr.make", ids=["c-1"])
        page = (await desk.of.client.get(PAGE, params=asked)).text

    assert {one for one in ("task.done", "qr.revoke", "qr.make") if f"<code>{one}</code>" in page} == found


@pytest.mark.services
async def test_a_long_log_is_read_page_by_page_and_taken_along_whole(open_ops: OpenOps) -> None:
    async with open_ops() as desk:
        await desk.signed_in("root", Role.ADMIN)
        for number in range(120):
            await note(desk, f"act.{number:03}")
        first = await desk.of.client.get(PAGE, params={"action": "act."})
        older = first.text.rpartition("before=")[2].partition('"')[0]
        second = await desk.of.client.get(PAGE, params={"action": "act.", "before": older})
        export = await desk.of.client.get(f"{PAGE}/export.csv", params={"action": "act."})
        noted = await audited(desk)

    assert ("act.020" in first.text, "act.019" in first.text) == (True, False)
    assert ("act.019" in second.text, "act.000" in second.text) == (True, True)
    assert len(export.text.splitlines()) == 121
    assert "attachment" in export.headers["content-disposition"]
    assert noted[-1] == "audit.export"


@pytest.mark.services
@pytest.mark.parametrize("role", [Role.CLERK, Role.VIEWER, Role.OPERATOR, Role.REGULATOR_AFFAIRS])
async def test_who_may_not_see_it_does_not(open_ops: OpenOps, role: Role) -> None:
    async with open_ops() as desk:
        nobody = await desk.of.client.get(f"{PAGE}/export.csv")
        await desk.signed_in("other", role)
        answers = [await desk.of.client.get(path) for path in (PAGE, f"{PAGE}/export.csv")]

    assert nobody.status_code == 303
    assert {one.status_code for one in answers} == {403}


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "\u3000=HYPERLINK(1)", "\n=1"],
)
def test_no_cell_begins_like_a_formula(cell: str) -> None:
    [written] = next(csv.reader(StringIO(next(lines([[cell]])), newline="")))

    assert written == f"'{cell}"


def test_a_cell_stays_one_cell() -> None:
    [read] = csv.reader(StringIO("".join(lines([['a"b', "c,d", "e\nf", None, 3]])), newline=""))

    assert read == ['a"b', "c,d", "e\nf", "", "3"]
