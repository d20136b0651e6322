"""What each target is told now. Pure: alerts as they are kept, targets, the time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from operations.findings import Level
from operations.saying import Said
from schemas.settings.alerts import AlertSettings, AlertTarget


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that is or was wrong, and who was told. `only` names the targets of what concerns their roles alone.

    `uncounted`: more than `at_risk` may wait, where nobody can look now.
    """

    alert_id: int
    key: str
    level: Level
    opened_at: datetime
    object: Said
    said: Said
    next_step: Said
    at_risk: int
    told: Mapping[str, datetime] = field(default_factory=dict)
    recovery_told: Mapping[str, datetime] = field(default_factory=dict)
    closed_at: datetime | None = None
    only: tuple[str, ...] = ()
    uncounted: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to one target: news of what is wrong, or of what is over."""

    target: str
    alerts: tuple[Alert, ...]
    recovery: bool = False


def messages(alerts: Sequence[Alert], settings: AlertSettings, now: datetime) -> Iterator[Message]:
    """One message a target of what is wrong, one of what is over; nothing for whoever need not be told."""
    for name, target in settings.targets.items():
        wrong = tuple(one for one in alerts if _news(one, name, target, settings, now))
        if wrong:
            yield Message(name, wrong)
        over = tuple(one for one in alerts if _over(one, name) and not _held_back(one, target, settings, now))
        if over:
            yield Message(name, over, recovery=True)


def recovered(alert: Alert, settings: AlertSettings) -> bool:
    """Whether everybody who was told that it is wrong knows that it is over; targets that were removed need not."""
    return alert.closed_at is not None and not any(
        _over(alert, name) for name in alert.told if name in settings.targets
    )


def pushed(alert: Alert, settings: AlertSettings) -> bool:
    """Whether all of an event's own targets have been told."""
    return all(name in alert.told for name in alert.only if name in settings.targets)


def _news(alert: Alert, name: str, target: AlertTarget, settings: AlertSettings, now: datetime) -> bool:
    if alert.closed_at is not None or not _concerns(alert, name, target):
        return False
    last = alert.told.get(name)
    if last is not None and (alert.only or now - last < settings.repeat_after):
        return False
    return not _held_back(alert, target, settings, now)


def _concerns(alert: Alert, name: str, target: AlertTarget) -> bool:
    if alert.key == f"target:{name}":
        return False
    return name in alert.only if alert.only else alert.level.value in target.levels


def _over(alert: Alert, name: str) -> bool:
    told = alert.closed_at is not None and name in alert.told
    return told and not alert.only and name not in alert.recovery_told


def _held_back(alert: Alert, target: AlertTarget, settings: AlertSettings, now: datetime) -> bool:
    if alert.level is Level.RED or target.quiet_hours is None:
        return False
    return target.quiet_hours.ends_after(now.astimezone(ZoneInfo(settings.timezone))) is not None
