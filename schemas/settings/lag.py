"""Watching how far everybody is behind."""

from datetime import timedelta

from pydantic import BaseModel, Field


class LagSettings(BaseModel):
    """The board at /ops and the figures of lag on /metrics."""

    every: timedelta = Field(
        timedelta(seconds=3), gt=timedelta(0), description="The gateway looks so often, once for all who watch"
    )
