"""WeChat official accounts."""

import re
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class WeChatSettings(BaseModel):
    """One WeChat official account. With an AES key only encrypted deliveries are taken (compatible or safe mode)."""

    model_config = ConfigDict(hide_input_in_errors=True)

    app_id: str = Field(description="AppID of the account")
    app_secret: SecretStr | None = Field(None, description="AppSecret; unset: nothing can be sent")
    token: SecretStr = Field(description="Token of the server configuration, which signs deliveries")
    previous_token: SecretStr | None = Field(None, description="The one before it, while it is being changed")
    aes_key: SecretStr | None = Field(None, description="EncodingAESKey, 43 characters; unset: plain mode")
    previous_aes_key: SecretStr | None = Field(None, description="The one before it, while keys are being changed")
    freshness: timedelta = Field(timedelta(minutes=5), description="How far a delivery's timestamp may be off")
    stores: dict[str, str] = Field(default_factory=dict, description="Menu key or QR scene → store code")
    template_id: str | None = Field(None, description="For people who have not written within 48 hours")
    template_fields: dict[str, str] = Field(
        default_factory=dict, description="Field of the template → text; {number} becomes the tracking number"
    )
    timeout: timedelta = Field(
        timedelta(seconds=20), description="Of sending one message or fetching one file; less than the lease"
    )
    api_url: str = Field("https://api.weixin.qq.com", pattern=r"^https?://[^\s/?#]+$", description="The vendor's API")
    video_hosts: tuple[str, ...] = Field(
        ("qpic.cn", "tc.qq.com", "video.qq.com"), description="Hosts that videos are fetched from, and those below them"
    )
    enabled: bool = Field(True, description="false: deliveries are answered as for an account there is not")

    @field_validator("aes_key", "previous_aes_key")
    @classmethod
    def _is_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not re.fullmatch(r"[A-Za-z0-9+/]{43}", key.get_secret_value()):
            raise ValueError("an EncodingAESKey has 43 characters of A-Z, a-z, 0-9")
        return key
