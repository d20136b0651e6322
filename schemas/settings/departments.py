"""Department systems: who owns their consumer groups, how they are known, where they take webhooks."""

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
