"""What an installation stands on: log, state, evidence, keys, and the gateway with its second durable place."""

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr

from schemas.wire import Naming


class KafkaSettings(BaseModel):
    """The log between the parts."""

    bootstrap_servers: str | None = Field(None, description="host:port,…; unset: the embedded broker")
    prefix: str = Field("", description="Put before every topic name, with a dot")
    source: str = Field("/complaint-intake", description="`ce_source` of every record")
    partitions: int = Field(3, ge=1, description="Partitions of each topic we create")
    replication_factor: int = Field(-1, description="-1: 3 where there are 3 brokers, otherwise 1")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
    )
    username: str | None = Field(None, description="For SASL")
    password: SecretStr | None = Field(None, description="For SASL")
    ca_file: Path | None = Field(None, description="PEM file of the broker's certificate authority")
    send_timeout: timedelta = Field(
        timedelta(seconds=3), description="A send not acknowledged by then goes to the spool"
    )

    @property
    def naming(self) -> Naming:
        """How topics and events are named in this installation."""
        return Naming(self.prefix, self.source)


class DatabaseSettings(BaseModel):
    """The state."""

    url: SecretStr | None = Field(None, description="postgresql://user:password@host:port/name; unset: embedded")
    pool_size: int = Field(10, ge=1, description="Connections per process")


class ObjectSettings(BaseModel):
    """The evidence: raw deliveries and attachments."""

    url: str | None = Field(None, description="file:///… or s3://bucket/prefix; unset: `objects` in the home folder")


class KeySettings(BaseModel):
    """Secrets of this installation. The embedded platform makes its own and keeps them in the home folder."""

    number: SecretStr | None = Field(None, description="Makes tracking numbers; never rotated; at least 32 characters")
    pseudonym: SecretStr | None = Field(None, description="Makes record keys and lock keys out of identifiers")
    tokens: dict[str, SecretStr] = Field(
        default_factory=dict, description="key id → secret for tokens in mails, forms and QR codes; retired ones verify"
    )
    current_token: str | None = Field(None, description="The key id new tokens are made with; unset: the last one")


class GatewaySettings(BaseModel):
    """Receiving over HTTP."""

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for all")
    port: int = Field(8080, description="Taken: the next free one (embedded only), printed")
    public_url: str | None = Field(None, description="As customers and vendors see us; unset: http://host:port")
    max_body_bytes: int = Field(25 * 1024 * 1024, description="Of one request, files included")
    max_hook_bytes: int = Field(1024 * 1024, description="Of one call of a vendor; files are fetched, not sent along")
    max_files: int = Field(10, description="Files with one complaint")
    max_text_chars: int = Field(20_000, description="Of one complaint; more is refused with the limit named")
    requests_per_minute: int = Field(
        6_000,
        description="Accepted per client, all at once or spread; many customers may share one address; 0: no limit",
    )
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        (), description="Networks whose X-Forwarded-For is believed"
    )
    form_token_lifetime: timedelta = Field(timedelta(hours=12), description="How long an opened form can be sent")
    api_clients: dict[str, SecretStr] = Field(
        default_factory=dict, description="client id → bearer token; without a token a client is known by its address"
    )
    api_scopes: dict[str, tuple[Literal["identify"], ...]] = Field(
        default_factory=dict,
        description="client id → scopes; `identify` may state openid, customer_no and proofs of the sender",
    )
    body_timeout: timedelta = Field(timedelta(seconds=60), description="To read one request body; slower: 408")
    max_connections: int = Field(2_000, description="Open at once; more are answered 503 until some have gone")
    company_name: str = Field("", description="On the public pages; unset: no name")
    contact: str = Field("", description="How customers reach a person, shown on the public pages")


class SpoolSettings(BaseModel):
    """The second durable place when Kafka does not answer."""

    folder: Path | None = Field(
        None, description="Each part uses a sub-folder of its name, with one owner; unset: `spool` in the home folder"
    )
    max_bytes: int = Field(2 * 1024**3, description="Full: the gateway answers 503")
