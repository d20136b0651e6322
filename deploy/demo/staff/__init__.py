"""Members of staff for the demo: one of each role, all with the one password that this installation made up."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.files import kept_secret
from gateway.staff import accounts
from gateway.staff.passwords import hashed
from gateway.staff.roles import Role
from schemas.settings.staff import StaffSettings
from schemas.tables.staff import STAFF_ACCOUNTS

PASSWORD_FILE = "demo-staff-password"  # noqa: S105 - the name of a file
STORE, REGION = "人民路店", "华东"


@dataclass(frozen=True, slots=True)
class DemoStaff:
    """Who can sign in at `/staff/sign-in`."""

    names: tuple[str, ...]
    password: str


_PEOPLE = (
    ("clerk", "王丽（客服台）", (Role.CLERK,), (STORE,), (REGION,)),
    ("manager", "陈刚（店长）", (Role.STORE_MANAGER,), (STORE,), ()),
    ("regional", "周敏（区域经理）", (Role.REGIONAL_MANAGER,), (), (REGION,)),
    ("viewer", "林晓（看板）", (Role.VIEWER,), (), ()),
    ("operator", "赵敏（运营）", (Role.OPERATOR,), (), ()),
    ("supervisor", "吴强（运营主管）", (Role.SUPERVISOR,), (), ()),
    ("regulator", "郑洁（监管事务）", (Role.REGULATOR_AFFAIRS,), (), ()),
    ("admin", "管理员", (Role.ADMIN,), (), ()),
)


async def ensure_demo_staff(engine: AsyncEngine, home: Path, settings: StaffSettings, now: datetime) -> DemoStaff:
    """Make the demo's accounts where they are missing; those that are there keep what they have. May be repeated."""
    password = kept_secret(home / PASSWORD_FILE)
    async with engine.begin() as connection:
        known = set(await connection.scalars(select(STAFF_ACCOUNTS.c.name)))
        for name, display_name, roles, stores, regions in _PEOPLE:
            if name not in known:
                kept = hashed(password, settings)
                await accounts.add(
                    connection, now, name, kept, roles, display_name=display_name, stores=stores, regions=regions
                )
    return DemoStaff(tuple(name for name, *_ in _PEOPLE), password)
