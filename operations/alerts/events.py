"""What people in a role are told of once: safety alarms and escalations, with nothing that tells who complained."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from operations.promises.forecasting import clock_time
from operations.saying import Said
from operations.wording import Wording
from schemas.policy import PolicyPack
from schemas.settings.alerts import AlertSettings
from schemas.tables.casework import CASE_STATES
from schemas.tables.route import ROUTE_ESCALATIONS
from schemas.tables.tasks import TASKS
from schemas.task import TaskKind, TaskState

NOT_ACCEPTED = "not-accepted"
_DUTY = ("duty-manager",)
"""Who looks when the pack names nobody for a level."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened and that some targets are told of once."""

    key: str
    kind: str
    at: datetime
    object: Said
    said: Said
    next_step: Said
    targets: tuple[str, ...]


async def events(connection: AsyncConnection, pack: PolicyPack, settings: AlertSettings, now: datetime) -> list[Event]:
    """What happened lately and concerns roles that have targets."""
    if not settings.roles:
        return []
    since = now - settings.push_within
    found = [
        *await _alarms(connection, pack, settings, since),
        *await _escalations(connection, pack, settings, since),
        *await _not_accepted(connection, pack, settings, since),
    ]
    return [one for one in found if one.targets]


async def _alarms(
    connection: AsyncConnection, pack: PolicyPack, settings: AlertSettings, since: datetime
) -> list[Event]:
    """Alarms that nobody has taken yet. A sealed one goes to its own people without a number."""
    wanted = TASKS.c.kind == TaskKind.SAFETY_ALARM, TASKS.c.state == TaskState.OPEN, TASKS.c.opened_at > since
    found = []
    for row in await connection.execute(select(TASKS).where(*wanted)):
        rules = pack.safety_alarm
        by = clock_time(row.due_at, row.opened_at)
        number = "" if row.sealed else f" {row.tracking_number}"
        found.append(
            Event(
                key=f"alarm:{row.task_id}",
                kind="safety-alarm",
                at=row.opened_at,
                object=Said("安全警报", "safety alarm"),
                said=Said(f"安全警报{number}：请在 {by} 前接手", f"safety alarm{number}: to be taken by {by}"),
                next_step=Said("在任务页接手", "take it on the page of tasks"),
                targets=_targets(settings.roles, rules.sealed_informed if row.sealed else rules.informed),
            )
        )
    return found


async def _escalations(
    connection: AsyncConnection, pack: PolicyPack, settings: AlertSettings, since: datetime
) -> list[Event]:
    """What route escalated; safety has its alarm already."""
    table, informed = ROUTE_ESCALATIONS, {one.level: one.informed for one in pack.escalation}
    zh, en = Wording(pack, "zh"), Wording(pack, "en")
    found = []
    for row in await connection.execute(select(table).where(table.c.escalated_at > since, table.c.level != "safety")):
        found.append(
            Event(
                key=f"escalation:{row.case_id}:{row.level}",
                kind="escalation",
                at=row.escalated_at,
                object=Said("升级案件", "escalated case"),
                said=Said(f"一个案件已升级：{zh.level(row.level)}", f"a case was escalated: {en.level(row.level)}"),
                next_step=Said("在运维页打开该案件", "open the case on the operations page"),
                targets=_targets(settings.roles, informed.get(row.level, _DUTY)),
            )
        )
    return found


async def _not_accepted(
    connection: AsyncConnection, pack: PolicyPack, settings: AlertSettings, since: datetime
) -> list[Event]:
    """Cases that no department accepted in time."""
    table, zh, en = CASE_STATES, Wording(pack, "zh"), Wording(pack, "en")
    roles = next((one.informed for one in pack.escalation if one.level == NOT_ACCEPTED), _DUTY)
    return [
        Event(
            key=f"not-accepted:{row.case_id}:{row.escalated_at:%Y%m%d%H%M%S}",
            kind=NOT_ACCEPTED,
            at=row.escalated_at,
            object=Said("无人接收的案件", "case nobody accepted"),
            said=Said(
                f"{zh.department(row.department)}到期未接收一个案件",
                f"{en.department(row.department)} did not accept a case in time",
            ),
            next_step=Said("联系该部门，或改派", "ask the department, or re-route it"),
            targets=_targets(settings.roles, roles),
        )
        for row in await connection.execute(select(table).where(table.c.escalated_at > since))
    ]


def _targets(of_role: Mapping[str, tuple[str, ...]], roles: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(target for role in roles for target in of_role.get(role, ())))
