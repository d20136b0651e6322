"""Department systems: who owns their consumer groups, how they are known, where they take webhooks."""

from datetime import timedelta

from pydantic import BaseModel, Field, SecretStr


class DepartmentSettings(BaseModel):
    """One department's system. All is optional: a department that reads Kafka needs none of it."""

    owner: str | None = Field(None, description="Who looks after its consumers, shown beside its lag")
    contact: str | None = Field(None, description="How operations reach that owner")
    groups: tuple[str, ...] = Field((), description="Its consumer groups, shown also before they ever read")
    status_key: SecretStr | None = Field(
        None, description="Set: its records on complaints.status.v1 must be signed with it (x-signature)"
    )
    webhook_url: str | None = Field(None, description="Set: its records are posted there instead of being read")
    webhook_secret: SecretStr | None = Field(None, description="Signs what is posted; at least 24 bytes in base64")


class AccessSettings(BaseModel):
    """What systems of departments may ask of us over HTTP."""

    contacts_per_minute: int = Field(60, ge=0, description="Contacts a token may read in a minute; 0: no limit")
    attachments_per_minute: int = Field(300, ge=0, description="Files a token may read in a minute; 0: no limit")
    attachments_at_once: int = Field(
        4, ge=0, description="Files a token may be reading at the same time, each held in memory; 0: no limit"
    )
    purpose_min_chars: int = Field(6, ge=1, description="A purpose shorter than this says nothing")
    contacts_at_once: int = Field(50, ge=1, description="Newest complaints of a case whose contacts one answer holds")
    log_timeout: timedelta = Field(timedelta(seconds=10), description="Contacts are read in the log; then 503")


class PostingSettings(BaseModel):
    """Posting records to departments that have a `webhook_url`."""

    timeout: timedelta = Field(timedelta(seconds=15), description="A receiver has so long to answer one post")
    concurrency: int = Field(4, ge=1, description="Posts at once to one receiver, each of another case")
    window: int = Field(200, ge=1, description="Records of a partition on their way: what may be posted twice")
    first_pause: timedelta = Field(timedelta(seconds=1), description="Before the second try; doubled by each further")
    longest_pause: timedelta = Field(timedelta(minutes=5), description="No pause is longer")
    give_up_after: timedelta = Field(
        timedelta(days=3),
        description="A record that is so old and still refused stops its department's posts until a person acts; "
        "so does a receiver that is away for so long",
    )
