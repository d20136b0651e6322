"""Calls and short messages: the callback accounts of vendors, and how SMS go out."""

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

Secret = Annotated[SecretStr, Field(min_length=16)]


class PhoneAccountSettings(BaseModel):
    """One address that a vendor of calls or messages pushes to; its account is part of the URL.

    None of these vendors signs what it pushes: a secret it presents, and its networks, are the protection.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    vendor: Literal["aliyun-sms", "tencent-sms", "aliyun-calls", "tencent-calls"] = Field(
        description="Whose layout the deliveries have"
    )
    secrets: dict[str, Secret] = Field(
        min_length=1, description="name → secret, at least 16 characters; each of them is taken, for rotation"
    )
    presented: Literal["query", "path", "basic"] = Field(
        "query",
        description="query: ?<key_parameter>=<secret> in the URL; path: <account>.<secret> in place of the account; "
        "basic: password of HTTP basic authentication",
    )
    key_parameter: str = Field("key", min_length=1, description="Query parameter that holds the secret")
    networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        (), description="Networks the vendor calls from, JSON list; empty: any"
    )
    media_hosts: tuple[str, ...] = Field(
        (),
        description="Where recordings are fetched, JSON list: .suffix of hosts over https, or one host:port as it is; "
        "empty: the vendor's own object store",
    )
    enabled: bool = Field(True, description="false: answered like an account there is not")


SmsVariable = Literal["number", "link", "text", "code"]


class SmsMessageTemplates(BaseModel):
    """The approved templates of one kind of message."""

    templates: dict[str, str] = Field(min_length=1, description="Language → id of the approved template")
    variables: tuple[SmsVariable, ...] = Field(("number",), description="What its variables hold, in its order")


class SmsSendingSettings(BaseModel):
    """Messages by SMS to numbers of the mainland of China, through approved templates of one vendor."""

    model_config = ConfigDict(hide_input_in_errors=True)

    vendor: Literal["aliyun", "tencent"] = Field(description="aliyun or tencent")
    key_id: str = Field(min_length=1, description="AccessKey ID (Aliyun) or SecretId (Tencent)")
    key_secret: SecretStr = Field(min_length=1, description="AccessKey secret or SecretKey")
    sign_name: str = Field(min_length=1, description="Approved signature, without brackets")
    templates: dict[str, str] = Field(
        min_length=1, description="Language (zh-Hans, en …) → id of the approved template; the first for any other"
    )
    variables: tuple[SmsVariable, ...] = Field(
        ("number",), description="What the template's variables hold, in its order"
    )
    messages: dict[str, SmsMessageTemplates] = Field(
        default_factory=dict,
        description="Templates of other messages than the acknowledgement, by occasion (answered, one-time-code, …) or "
        "kind (notice, reply, code); what has none goes another way",
    )
    link_prefix: str = Field("", description="The part of the tracking link that the template's own words hold")
    app_id: str | None = Field(None, description="SmsSdkAppId; Tencent only, and needed there")
    region: str = Field("ap-guangzhou", description="Region of the call; Tencent only")
    api_url: str | None = Field(None, description="Base address of the vendor's API; unset: the real one")
    timeout: timedelta = Field(timedelta(seconds=10), description="Of one whole call; less than the sender's lease")
