"""Systems that deliver signed JSON events."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, Field, SecretStr


class WebhookSettings(BaseModel):
    """One system that delivers signed JSON events; its account is part of the URL and should be hard to guess."""

    secrets: dict[str, Annotated[SecretStr, Field(min_length=16)]] = Field(
        min_length=1, description="key id → secret, at least 16 characters; each of them verifies, for rotation"
    )
    timestamp_header: str = Field("X-Timestamp", description="Header with the seconds since 1970 that were signed")
    signature_header: str = Field("X-Signature", description="Header with the HMAC-SHA256 in hexadecimal")
    freshness: timedelta = Field(
        timedelta(minutes=5),
        description="Largest time between signing and arrival; longer where a retry keeps its old signature",
    )
    enabled: bool = Field(True, description="false: answered like an account there is not")
