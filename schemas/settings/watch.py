"""Watching the installation: how often, and from when on something is worth a person's look."""

from datetime import timedelta

from pydantic import BaseModel, Field


class WatchSettings(BaseModel):
    """Technical limits of what is found wrong; what is business (deadlines, who is told) is in the policy pack."""

    beat_every: timedelta = Field(timedelta(seconds=5), description="How often each process says how its parts are")
    silent_after: timedelta = Field(
        timedelta(seconds=20), description="A process that said nothing for so long has stopped"
    )
    look_every: timedelta = Field(timedelta(seconds=5), description="How often it is looked for what is wrong")
    clock_off: timedelta = Field(
        timedelta(seconds=30), description="A process whose clock is so far off the database's is named"
    )
    disk_free_bytes: int = Field(1024**3, ge=0, description="Less room on a disk is named; half of it is red")
    disk_free_share: float = Field(0.05, ge=0, le=1, description="… or less than this share of it")
    spool_share: float = Field(0.5, gt=0, le=1, description="A spool filled to this share is named")
    expires_within: timedelta = Field(
        timedelta(days=14), description="Certificates and tokens that end so soon are named"
    )
    silence_weeks: int = Field(4, ge=1, le=12, description="Weeks before that a channel's silence is compared with")
    silence_from: int = Field(
        5, ge=1, description="A channel that usually has brought so many by now and brought none is named"
    )
    silence_window: timedelta = Field(timedelta(hours=3), description="The last hours that are compared")
