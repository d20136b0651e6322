"""Who is told when something is wrong, where, how soon, and when not."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, Field, SecretStr, field_validator

from schemas.settings.answering import QuietHours


class AlertTarget(BaseModel):
    """One place messages go to: a group of WeCom, DingTalk or Feishu, a mail address, a webhook."""

    url: SecretStr = Field(
        description="As apprise writes it: wecombot://…, dingtalk://…, feishu://…, mailtos://…, jsons://…"
    )
    levels: tuple[Literal["red", "amber"], ...] = Field(("red", "amber"), description="Which findings it is told of")
    quiet_hours: QuietHours | None = Field(None, description="Amber waits for their end; unset: none")
    language: Literal["zh", "en"] = Field("zh", description="zh or en")


class AlertSettings(BaseModel):
    """Alerts of the watcher. Without targets nobody is told; what was found is still kept."""

    targets: dict[str, AlertTarget] = Field(default_factory=dict, description="name → where messages go")
    roles: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="role of the pack's escalation lists (quality-manager or quality_manager) → targets",
    )
    grace: timedelta = Field(timedelta(seconds=10), description="What stands for less is not told")
    settle: timedelta = Field(
        timedelta(seconds=15), description="What is gone for less is not over: it may be flapping"
    )
    repeat_after: timedelta = Field(timedelta(hours=4), description="While it stands it is told again after so long")
    timezone: str = Field("Asia/Shanghai", description="Zone of the quiet hours")
    timeout: timedelta = Field(timedelta(seconds=15), description="Of one message")
    retry_after: timedelta = Field(timedelta(seconds=30), description="First pause after a failure, doubled each time")
    retry_at_most: timedelta = Field(timedelta(minutes=10), description="Longest pause between two tries")
    lease: timedelta = Field(
        timedelta(seconds=30), description="A watcher that was not heard of for so long is replaced"
    )
    push_within: timedelta = Field(
        timedelta(hours=24), description="Safety alarms and escalations older than this are not pushed any more"
    )

    @field_validator("roles", mode="after")
    @classmethod
    def _as_in_the_pack(cls, roles: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Names of variables cannot hold a hyphen everywhere."""
        return {role.replace("_", "-").lower(): targets for role, targets in roles.items()}
