"""The demo's members of staff."""

from pathlib import Path

import pytest

from deploy.demo.staff import PASSWORD_FILE, ensure_demo_staff
from gateway.staff.roles import Role
from schemas.settings.staff import StaffSettings
from tests.gateway.parts import NOW
from tests.gateway.staff.conftest import Open

pytestmark = pytest.mark.services


async def test_each_of_them_signs_in_and_a_second_start_changes_nothing(open_desk: Open, tmp_path: Path) -> None:
    async with open_desk() as desk:
        first = await ensure_demo_staff(desk.engine, tmp_path, StaffSettings(), NOW)
        again = await ensure_demo_staff(desk.engine, tmp_path, StaffSettings(), NOW)
        answers = [(await desk.sign_in(name, first.password)).status_code for name in first.names]

    assert first == again
    assert answers == [303] * len(Role)
    assert (tmp_path / PASSWORD_FILE).stat().st_mode & 0o077 == 0
