"""What the task of an alarm tells people: what to secure until when, which cases share a batch. Chinese."""

from datetime import datetime
from zoneinfo import ZoneInfo

from schemas.alarm import BatchCases, Preserve
from schemas.records import Escalation

_LOCAL = ZoneInfo("Asia/Shanghai")
_SHARED = {"batch": "同一批号", "product-store": "同一门店的同一商品"}


def alarm_note(item: Escalation, at: datetime) -> str:
    """Why the task was opened: late or not, the reasons, who is told, and the list of what to preserve with dates."""
    late = "【迟到警报：超过规定时间才到达】" if item.alarm_by is not None and at > item.alarm_by else ""
    reasons = "、".join(dict.fromkeys(one.detail or one.rule for one in item.reasons))
    told = f"；通知 {'、'.join(item.informed)}" if item.informed else ""
    things = "；".join(f"{number}. {_thing(one)}" for number, one in enumerate(item.preserve, 1))
    return f"{late}{reasons}{told}" + (f"；须保全：{things}" if things else "")


def batch_note(batch: BatchCases) -> str:
    """Which cases share the batch, and what is to be decided."""
    shared = _SHARED.get(batch.by, batch.by)
    told = f"；通知 {'、'.join(batch.informed)}" if batch.informed else ""
    return f"{'、'.join(batch.tracking_numbers)} 涉及{shared}，均有安全问题：是否冻结库存{told}"


def _thing(one: Preserve) -> str:
    kept = f"，保存至 {_day(one.keep_until)}" if one.keep_until is not None else ""
    return f"{one.zh}（{_minute(one.secure_by)} 前{kept}）"


def _minute(moment: datetime) -> str:
    return moment.astimezone(_LOCAL).strftime("%Y-%m-%d %H:%M")


def _day(moment: datetime) -> str:
    return moment.astimezone(_LOCAL).strftime("%Y-%m-%d")
