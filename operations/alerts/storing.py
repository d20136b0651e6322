"""Alerts as they are kept: opened once, closed once, with who was told. Written by the watcher that holds the lease."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from operations.alerts.deciding import Alert
from operations.alerts.events import Event
from operations.findings import Finding, Level
from operations.saying import Said
from schemas.tables.watcher import ALERTS, WATCH_LEASES

LEASE = "alerts"


async def hold(connection: AsyncConnection, owner: str, lease: timedelta) -> bool:
    """Take or keep the lease; False while another watcher has it. The row is locked until the transaction ends."""
    moment = func.clock_timestamp()
    row = {"name": LEASE, "owner": owner, "lease_until": moment + lease}
    free = or_(WATCH_LEASES.c.owner == owner, WATCH_LEASES.c.lease_until < moment)
    statement = insert(WATCH_LEASES).values(row).on_conflict_do_update(
        index_elements=["name"], set_={"owner": owner, "lease_until": moment + lease}, where=free
    )  # fmt: skip
    holder: str | None = (await connection.execute(statement.returning(WATCH_LEASES.c.owner))).scalar_one_or_none()
    return holder == owner


async def let_go(connection: AsyncConnection, owner: str) -> None:
    """Give the lease to whoever asks next."""
    mine = WATCH_LEASES.c.name == LEASE, WATCH_LEASES.c.owner == owner
    await connection.execute(update(WATCH_LEASES).where(*mine).values(lease_until=func.clock_timestamp()))


async def unfinished(connection: AsyncConnection) -> list[Alert]:
    """Alerts that are open, and those that are over and not everybody knows."""
    waiting = or_(ALERTS.c.closed_at.is_(None), ALERTS.c.recovered_at.is_(None))
    found = await connection.execute(select(ALERTS).where(waiting).order_by(ALERTS.c.alert_id))
    return [_alert(row) for row in found]


async def open_findings(connection: AsyncConnection, findings: Iterable[Finding]) -> None:
    """Write what is wrong: a new row once, then how many are at risk and what is said of it now."""
    for one in findings:
        words = _words(one.object, one.said, one.next_step) | {"uncounted": one.uncounted}
        row = {
            "key": one.key,
            "kind": one.kind,
            "level": one.level.value,
            "opened_at": one.since,
            "said": words,
            "at_risk": one.at_risk,
            "told": {},
            "recovery_told": {},
        }
        statement = insert(ALERTS).values(row)
        changed = {"at_risk": one.at_risk, "said": words, "level": one.level.value}
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["key"], index_where=ALERTS.c.closed_at.is_(None), set_=changed
            )
        )


async def open_events(connection: AsyncConnection, events: Sequence[Event]) -> None:
    """Write what happens once and has no end: a safety alarm, an escalation. Known ones stay as they are."""
    known = set(
        (await connection.execute(select(ALERTS.c.key).where(ALERTS.c.key.in_([one.key for one in events])))).scalars()
    )
    rows = [
        {
            "key": one.key,
            "kind": one.kind,
            "level": Level.RED.value,
            "opened_at": one.at,
            "said": _words(one.object, one.said, one.next_step) | {"only": list(one.targets)},
            "at_risk": 1,
            "told": {},
            "recovery_told": {},
        }
        for one in events
        if one.key not in known
    ]
    if rows:
        await connection.execute(insert(ALERTS).values(rows).on_conflict_do_nothing())


async def close(connection: AsyncConnection, keys: Collection[str]) -> None:
    """Note that these are over."""
    over = ALERTS.c.key.in_(keys), ALERTS.c.closed_at.is_(None)
    await connection.execute(update(ALERTS).where(*over).values(closed_at=func.clock_timestamp()))


async def told(
    connection: AsyncConnection, alerts: Iterable[Alert], target: str, at: datetime, *, recovery: bool
) -> None:
    """Note that a target knows."""
    column = ALERTS.c.recovery_told if recovery else ALERTS.c.told
    known = column.op("||")(func.jsonb_build_object(target, at.isoformat()))
    values: dict[Any, Any] = {column: known} if recovery else {column: known, ALERTS.c.notified_at: at}
    await connection.execute(
        update(ALERTS).where(ALERTS.c.alert_id.in_([one.alert_id for one in alerts])).values(values)
    )


async def finish(connection: AsyncConnection, recovered: Collection[int], pushed: Collection[int]) -> None:
    """Note that nobody is left to be told of these."""
    moment = func.clock_timestamp()
    if recovered:
        await connection.execute(update(ALERTS).where(ALERTS.c.alert_id.in_(recovered)).values(recovered_at=moment))
    if pushed:
        await connection.execute(
            update(ALERTS).where(ALERTS.c.alert_id.in_(pushed)).values(closed_at=moment, recovered_at=moment)
        )


def _words(what: Said, said: Said, step: Said) -> dict[str, Any]:
    named: Mapping[str, Said] = {"object": what, "said": said, "next_step": step}
    return {name: {"zh": one.zh, "en": one.en} for name, one in named.items()}


def _alert(row: Row[Any]) -> Alert:
    return Alert(
        alert_id=row.alert_id,
        key=row.key,
        level=Level(row.level),
        opened_at=row.opened_at,
        object=Said(**row.said["object"]),
        said=Said(**row.said["said"]),
        next_step=Said(**row.said["next_step"]),
        at_risk=row.at_risk,
        told={name: datetime.fromisoformat(at) for name, at in row.told.items()},
        recovery_told={name: datetime.fromisoformat(at) for name, at in row.recovery_told.items()},
        closed_at=row.closed_at,
        only=tuple(row.said.get("only", ())),
        uncounted=row.said.get("uncounted", False),
    )
