"""The words of a message: what, since when, how many, what to do. Counts and names of parts only."""

from operations.alerts.deciding import Alert, Message
from operations.findings import Level
from schemas.calendar.working import ZONE

_MOST = 10
"""Findings in one message; the page shows all."""


def title(message: Message, language: str) -> str:
    """The first line."""
    count = len(message.alerts)
    if message.recovery:
        return f"[已恢复] 投诉受理：{count} 项" if language != "en" else f"[RECOVERED] complaint intake: {count}"
    red = any(one.level is Level.RED for one in message.alerts)
    if language == "en":
        return f"[{'ALERT' if red else 'NOTICE'}] complaint intake: {count}"
    return f"[{'告警' if red else '提醒'}] 投诉受理：{count} 项"


def body(message: Message, language: str, page: str) -> str:
    """One paragraph a finding. `page` is the address of the operations page."""
    shown = [_over(one, language) if message.recovery else _wrong(one, language) for one in message.alerts[:_MOST]]
    left = len(message.alerts) - _MOST
    if left > 0:
        shown.append(f"… {left} more" if language == "en" else f"……另有 {left} 项")
    return "\n\n".join([*shown, page])


def _wrong(alert: Alert, language: str) -> str:
    said, step = alert.said.in_language(language), alert.next_step.in_language(language)
    since = f"{alert.opened_at.astimezone(ZONE):%m-%d %H:%M}"
    if language == "en":
        count = _count(alert, "at least ", "not countable now")
        return f"{said}\nsince {since}, complaints at risk: {count}\nNext: {step}"
    return f"{said}\n自 {since} 起，受影响投诉 {_count(alert, '至少 ', '暂时无法清点', ' 件')}\n下一步：{step}"


def _count(alert: Alert, least: str, unknown: str, unit: str = "") -> str:
    if alert.uncounted and not alert.at_risk:
        return unknown
    return f"{least if alert.uncounted else ''}{alert.at_risk}{unit}"


def _over(alert: Alert, language: str) -> str:
    what = alert.object.in_language(language)
    began = alert.opened_at.astimezone(ZONE)
    ended = (alert.closed_at or alert.opened_at).astimezone(ZONE)
    span = f"{began:%m-%d %H:%M}–{ended:%m-%d %H:%M}"
    return f"{what}: over ({span})" if language == "en" else f"{what}：已恢复（{span}）"
