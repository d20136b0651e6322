"""What comes later to a complaint: files that are fetched, recordings that become words."""

from datetime import timedelta
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class AdditionsSettings(BaseModel):
    """Fetching files a channel announced, and additions whose complaint has not come."""

    visible_after: timedelta = Field(
        timedelta(hours=24), description="An addition without its complaint is reported after so long"
    )
    max_bytes: int = Field(50 * 1024 * 1024, ge=1, description="Of one fetched file; a larger one is refused")
    concurrency: int = Field(4, ge=1, description="Files fetched at the same time per process")
    lease: timedelta = Field(timedelta(minutes=5), description="Longer than the longest fetch; expired: fetched again")
    poll_every: timedelta = Field(timedelta(seconds=1), description="How often waiting files are looked for")
    retry_after: timedelta = Field(
        timedelta(seconds=5), description="First pause after a passing failure, doubled each time"
    )
    retry_at_most: timedelta = Field(timedelta(minutes=10), description="Longest pause between two tries")
    give_up_after: timedelta = Field(
        timedelta(days=14), description="From receipt; a file nobody could fetch by then has failed"
    )
    give_up_by_channel: dict[str, timedelta] = Field(
        {"wechat": timedelta(hours=71)}, description="The same where a channel keeps files shorter (WeChat: 3 days)"
    )

    def patience(self, channel: str) -> timedelta:
        """How long a file of this channel is tried."""
        return self.give_up_by_channel.get(channel, self.give_up_after)


class TranscriptionSettings(BaseModel):
    """A server that makes words of recordings, with the interface of OpenAI's audio transcriptions."""

    model_config = ConfigDict(hide_input_in_errors=True)

    url: str = Field(description="Base address, without /v1/audio/transcriptions")
    key: SecretStr | None = Field(None, description="Bearer token; unset: none is sent")
    model: str = Field("whisper-1", description="Name of the model as the server knows it")
    language: str | None = Field("zh", description="ISO 639-1 hint; unset: the server finds out")
    timeout: timedelta = Field(timedelta(minutes=2), description="Of one recording; less than the lease of a fetch")
    max_bytes: int = Field(25 * 1024 * 1024, ge=1, description="Of one recording; a larger one is left to a person")
    tries: int = Field(5, ge=1, description="Then a person listens")
    location: Literal["mainland-china"] | str = Field(description="Where the server is: mainland-china, or elsewhere")
    export_path: str | None = Field(
        None, description="Outside mainland China: the legal path of the export (PIPL article 38), named by the company"
    )

    @model_validator(mode="after")
    def _may_leave_the_country(self) -> Self:
        if self.location != "mainland-china" and not (self.export_path or "").strip():
            raise ValueError(
                "a server outside mainland China needs a named legal path: set INTAKE_TRANSCRIPTION__EXPORT_PATH"
            )
        return self
