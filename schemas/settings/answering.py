"""Answering people: when they must not be disturbed, and which account falls back."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field, field_validator, model_validator


class QuietHours(BaseModel):
    """A time of the day in which nobody is woken; over midnight where it ends before it begins."""

    begin: time = Field(time(22), description="From here on a message waits")
    end: time = Field(time(8), description="From here on it goes")

    @model_validator(mode="after")
    def _is_a_time(self) -> "QuietHours":
        if self.begin == self.end or self.begin.tzinfo or self.end.tzinfo:
            raise ValueError("quiet hours begin and end at two different times of the day, without a zone of their own")
        return self

    def ends_after(self, local: datetime) -> datetime | None:
        """When the quiet time ends that `local` (aware) lies in, None outside of it."""
        now = local.time()
        over_midnight = self.begin > self.end
        inside = now >= self.begin or now < self.end if over_midnight else self.begin <= now < self.end
        if not inside:
            return None
        day = local.date() + timedelta(days=int(over_midnight and now >= self.begin))
        return datetime.combine(day, self.end, tzinfo=local.tzinfo)


class AnsweringSettings(BaseModel):
    """Messages to customers, whatever their channel."""

    timezone: str = Field("Asia/Shanghai", description="Zone of the quiet hours")
    quiet: dict[str, QuietHours] = Field(
        {"phone": QuietHours(), "wechat": QuietHours()},
        description="channel → hours in which its messages wait; what a person just wrote to is excepted by `prompt`",
    )
    prompt: dict[str, timedelta] = Field(
        {"wechat": timedelta(hours=48)},
        description="channel → so long after a message the answer is part of the chat and wakes nobody",
    )
    latest: timedelta = Field(timedelta(hours=20), description="After receipt: a message waits for no morning any more")
    accounts: dict[str, str] = Field(
        default_factory=dict, description="channel → account that sends where another channel was refused"
    )

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"no time zone is called {name}") from error
        return name

    def not_before(
        self, channel: str, now: datetime, received_at: datetime, written_at: datetime | None = None
    ) -> datetime:
        """When a message may go out on a channel: now, or when its quiet hours end, never later than `latest`.

        `latest` counts from `written_at` where a message tells of something later than what the person wrote.
        """
        hours = self.quiet.get(channel)
        if hours is None or now - received_at < self.prompt.get(channel, timedelta()):
            return now
        end = hours.ends_after(now.astimezone(ZoneInfo(self.timezone)))
        return now if end is None else max(now, min(end, (written_at or received_at) + self.latest))
