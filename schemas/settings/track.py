"""The customer's page of one complaint."""

from datetime import timedelta

from pydantic import BaseModel, Field


class TrackSettings(BaseModel):
    """How long a page stays open, how often somebody may guess. Counted in the database, for all gateways together."""

    session_lifetime: timedelta = Field(timedelta(minutes=30), description="An opened page stays open so long")
    code_lifetime: timedelta = Field(timedelta(minutes=10), description="A one-time code is of use so long")
    code_tries: int = Field(5, ge=1, description="Tries at one code")
    codes_per_hour: int = Field(6, ge=1, description="Codes sent about one number; more are not sent, and nobody sees")
    codes_per_caller: int = Field(3, ge=1, description="… asked for from one network address, per number and hour")
    digits_per_day: int = Field(10, ge=1, description="Last-four-digits tries at one number; more are told: wrong")
    digits_per_caller: int = Field(5, ge=1, description="… from one network address, per number and hour")
    tries_per_caller: int = Field(60, ge=1, description="Codes and tries of one network address an hour, any number")
    messages_per_hour: int = Field(20, ge=1, description="What may be added to one complaint")
    requests_per_minute: int = Field(
        240,
        ge=0,
        description="Pages per network address and gateway; many customers may share one address; 0: no limit",
    )
