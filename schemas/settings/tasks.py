"""How long people have for what a machine cannot do."""

from collections.abc import Mapping
from datetime import timedelta

from pydantic import BaseModel, Field

from schemas.task import TaskKind


class TaskSettings(BaseModel):
    """Clocks of tasks, wall clock until departments have calendars."""

    call_back: timedelta = Field(timedelta(hours=4), description="To call somebody back")
    listen_and_type: timedelta = Field(timedelta(hours=8), description="To type what a recording says")
    platform_entry: timedelta = Field(
        timedelta(days=7), description="To enter the answer in an authority's platform, where it wrote no date"
    )
    other: timedelta = Field(timedelta(hours=24), description="For a task of a kind that is not named here")

    def within(self, kind: str) -> timedelta:
        """How long a task of this kind may take."""
        named: Mapping[str, timedelta] = {
            TaskKind.CALL_BACK: self.call_back,
            TaskKind.LISTEN_AND_TYPE: self.listen_and_type,
            TaskKind.PLATFORM_ENTRY: self.platform_entry,
        }
        return named.get(kind, self.other)
