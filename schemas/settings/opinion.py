"""A second opinion on what the machine is unsure of, by another model on any server. Off unless it is set."""

from datetime import timedelta
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class OpinionSettings(BaseModel):
    """A server with the interface of OpenAI's chat completions. It sees masked texts, and decides nothing."""

    model_config = ConfigDict(hide_input_in_errors=True)

    url: str = Field(description="Base address, without /v1/chat/completions")
    key: SecretStr | None = Field(None, description="Bearer token; unset: none is sent")
    model: str = Field(description="Name of the model as the server knows it")
    timeout: timedelta = Field(timedelta(seconds=30), description="Of one question")
    tries: int = Field(3, ge=1, description="Of one question; then people decide without it")
    retry_after: timedelta = Field(timedelta(minutes=1), description="From a failed try to the next, doubled each time")
    max_chars: int = Field(2_000, ge=1, description="Of the masked text; the rest is not sent")
    failures: int = Field(5, ge=1, description="Failed calls in a row after which nobody is asked for a while")
    rest: timedelta = Field(timedelta(minutes=5), description="That while")
    poll_every: timedelta = Field(timedelta(seconds=5), description="How often waiting reviews are looked for")
    location: Literal["mainland-china"] | str = Field(description="Where the server is: mainland-china, or elsewhere")
    export_path: str | None = Field(
        None, description="Outside mainland China: the legal path of the export (PIPL article 38), named by the company"
    )

    @model_validator(mode="after")
    def _may_leave_the_country(self) -> Self:
        if self.location != "mainland-china" and not (self.export_path or "").strip():
            raise ValueError(
                "a server outside mainland China needs a named legal path: set INTAKE_OPINION__EXPORT_PATH"
            )
        return self
