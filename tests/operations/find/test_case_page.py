"""A case's page: its complaints in their order, for those who may see complaints."""

import pytest
from sqlalchemy import select

from gateway.staff.roles import Role
from schemas.records import Verdict
from schemas.tables.staff import AUDIT_LOG
from tests.gateway.staff.conftest import Desk
from tests.operations.find.filing import Files

pytestmark = pytest.mark.services


async def test_its_complaints_stand_in_their_order_with_what_departments_did(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Files(desk.engine, monkeypatch)
    second = await files.complaint("2", case_of="1", verdict=Verdict.FOLLOW_UP, case_seq=2, text="有进展吗")
    first = await files.complaint("1")
    await files.department(first, "accepted", "<script>alert(1)</script>")
    await desk.signed_in("op", Role.OPERATOR)

    page = (await desk.of.client.get(f"/ops/cases/{first.case_id}")).text

    assert page.index(first.tracking_number) < page.index(second.tracking_number)
    assert "已受理" in page
    assert "<script>alert" not in page
    [row] = await desk.rows(select(AUDIT_LOG).where(AUDIT_LOG.c.action == "case.see"))
    assert set(row.object_ids) == {str(first.case_id), str(first.complaint_id), str(second.complaint_id)}


@pytest.mark.parametrize(
    ("role", "sealed", "code"),
    [(Role.OPERATOR, False, 200), (Role.OPERATOR, True, 404), (Role.REGULATOR_AFFAIRS, True, 200),
     (Role.CLERK, False, 403), (Role.VIEWER, False, 403)],
)  # fmt: skip
async def test_who_may_open_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, role: Role, sealed: bool, code: int
) -> None:
    one = await Files(desk.engine, monkeypatch).complaint("1", sealed=sealed)
    await desk.signed_in("who", role)

    assert (await desk.of.client.get(f"/ops/cases/{one.case_id}")).status_code == code
