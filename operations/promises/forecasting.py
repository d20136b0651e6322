"""What will be late at this rate, and the first when. Pure: what is owed, how fast it is settled, what stands still."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from operations.promises.board import Forecast
from operations.promises.owed import Awaits, Owed
from operations.saying import Said
from schemas.calendar.working import ZONE

_ORDINARY = timedelta(minutes=10)
"""So long an acknowledgement may take; one that is younger tells nothing about the rate."""


@dataclass(frozen=True, slots=True)
class Flow:
    """How acknowledgements go out: how many a second (None: not known yet), and which parts of their way stand still.

    While the pipeline stands the sweeper answers at hour 20, as long as it and the sender work.
    """

    per_s: float | None
    pipeline_stands: bool = False
    sweeper_stands: bool = False
    sender_stands: bool = False

    def stands(self, awaits: Awaits) -> bool:
        """Whether nothing that waits there goes out by itself."""
        if awaits is Awaits.PERSON or self.sender_stands:
            return True
        if awaits is Awaits.SENDER:
            return False
        return self.sweeper_stands and (self.pipeline_stands or awaits is Awaits.SWEEPER)

    def moves_now(self, awaits: Awaits) -> bool:
        """Whether it is in the queue that the rate tells of; what only the sweeper will answer is not."""
        return awaits is Awaits.SENDER or (awaits is Awaits.PIPELINE and not self.pipeline_stands)


def forecast(owed: Sequence[Owed], now: datetime, flow: Flow) -> Forecast:
    """Return how many of what is owed and not late yet will be.

    What stands still is late at its time. The rest is taken to be answered in the order of its time at the present
    rate; with a rate of 0 what has waited longer than usual is late, what has just come says nothing yet.
    """
    ahead = sorted((one for one in owed if one.due_at > now), key=lambda one: one.due_at)
    standing = [one for one in ahead if flow.stands(one.awaits)]
    queue = [one for one in ahead if not flow.stands(one.awaits) and flow.moves_now(one.awaits)]
    late = sorted((*standing, *_too_slow(queue, now, flow.per_s)), key=lambda one: one.due_at)
    first = late[0].due_at if late else None
    return Forecast(len(late), first, _said(late, flow, now, len(ahead)))


def _too_slow(queue: Sequence[Owed], now: datetime, per_s: float | None) -> list[Owed]:
    if per_s is None:
        return []
    if per_s == 0:
        return [one for one in queue if now - one.received_at > _ORDINARY]
    if all(now - one.received_at <= _ORDINARY for one in queue):
        return []  # nothing has queued up: the rate is what came in, not what could go out
    return [one for place, one in enumerate(queue, 1) if now + timedelta(seconds=place / per_s) > one.due_at]


def _said(late: Sequence[Owed], flow: Flow, now: datetime, ahead: int) -> Said:
    if not late:
        if flow.per_s is None and ahead:
            return Said(
                "刚开始观察，暂不能预测（需 5 分钟）", "watched for less than 5 minutes: no forecast of the rate yet"
            )
        return Said("按目前速度，没有投诉会超时", "at this rate none will breach")
    count, first = len(late), clock_time(late[0].due_at, now)
    if all(flow.stands(one.awaits) for one in late):
        return Said(
            f"有 {count} 件目前没有任何环节在处理，若无人处理将超时，第一件在 {first}",
            f"{count} stand still and will breach if nobody acts, the first at {first}",
        )
    if flow.per_s == 0:
        return Said(
            f"过去一小时没有发出任何回执，照此 {count} 件将超时，第一件在 {first}",
            f"nothing was acknowledged in the last hour: {count} will breach, the first at {first}",
        )
    return Said(
        f"按目前速度，{count} 件将超时，第一件在 {first}",
        f"at this rate {count} will breach, the first at {first}",
    )


def clock_time(moment: datetime, now: datetime) -> str:
    """The time of the day in Shanghai, with the date on another day than today."""
    local, today = moment.astimezone(ZONE), now.astimezone(ZONE).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%m-%d %H:%M}"
