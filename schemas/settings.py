"""Every setting, declared once: `INTAKE_…` in the environment, groups nested with `__`, units in the description."""

import re
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

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


class MailboxSettings(BaseModel):
    """One mailbox that is read for complaints."""

    host: str = Field(description="IMAP server")
    port: int = Field(993, description="IMAP port; 143 with starttls")
    security: Literal["tls", "starttls", "plain"] = Field("tls", description="tls, starttls or plain")
    user: str = Field(description="Login name")
    password: SecretStr = Field(description="Login password, or the authorisation code of the mail provider")
    folder: str = Field("INBOX", description="Folder that is read")
    addresses: tuple[str, ...] = Field((), description="Our own addresses in it; unset: the user when it is one")
    processed_keyword: str = Field("$ComplaintProcessed", description="Set on a mail once it is durable")
    processed_folder: str | None = Field(None, description="Move there instead, where keywords are not allowed")
    since: datetime | None = Field(None, description="Cut-over: older mail (INTERNALDATE) is not imported")
    poll_every: timedelta = Field(timedelta(seconds=60), description="Besides IDLE, which some servers do not push")
    timeout: timedelta = Field(timedelta(seconds=60), description="Of every IMAP command")
    max_mail_bytes: int = Field(
        30 * 1024 * 1024, description="Larger mails: only the beginning is fetched, cut files are refused"
    )
    partial_bytes: int = Field(1024 * 1024, ge=1, description="How much of a larger mail is fetched")
    max_attempts: int = Field(5, ge=1, description="Tries to fetch or read one mail before it is suspended")
    fetch_batch: int = Field(50, ge=1, description="Mails per FETCH")
    fetch_bytes: int = Field(16 * 1024 * 1024, ge=1, description="Of all mails of one FETCH; two are held at a time")
    in_flight: int = Field(16, ge=1, description="Mails made durable at the same time")
    retry_after: timedelta = Field(timedelta(seconds=1), description="First pause after a failure, doubled each time")
    retry_at_most: timedelta = Field(timedelta(minutes=5), description="Longest pause between two connections")
    login_retry_after: timedelta = Field(
        timedelta(minutes=1),
        description="First pause after a refused login: providers lock accounts that try too often",
    )
    login_retry_at_most: timedelta = Field(timedelta(minutes=30), description="Longest pause after a refused login")
    authserv_ids: tuple[str, ...] = Field((), description="Our own MX names whose Authentication-Results are believed")


class MailSettings(BaseModel):
    """Limits of reading one mail; what lies beyond them stays in the raw mail and is named in `warnings`."""

    max_parts: int = Field(200, ge=1, description="MIME parts that are read")
    max_depth: int = Field(10, ge=1, description="Levels of nesting that are opened")
    max_attachment_bytes: int = Field(25 * 1024 * 1024, description="Of one file; a larger one is refused")


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


class SmtpSettings(BaseModel):
    """How mails go out."""

    host: str = Field(description="SMTP server")
    port: int = Field(587, description="SMTP port; 465 with tls")
    security: Literal["tls", "starttls", "plain"] = Field("starttls", description="tls, starttls or plain")
    user: str | None = Field(None, description="Login name; unset: no login")
    password: SecretStr | None = Field(None, description="Login password")
    from_address: str = Field(description="From of every mail we send; replies come back to a mailbox we read")
    from_name: str = Field("客户服务 Customer Service", description="Name beside from_address")
    bounce_address: str = Field("", description="Envelope sender; empty: <> so that bounces cannot loop")
    timeout: timedelta = Field(timedelta(seconds=60), description="Of one whole dialogue; less than the lease")


class WeChatSettings(BaseModel):
    """One WeChat official account. With an AES key only encrypted deliveries are taken (compatible or safe mode)."""

    model_config = ConfigDict(hide_input_in_errors=True)

    app_id: str = Field(description="AppID of the account")
    app_secret: SecretStr | None = Field(None, description="AppSecret; unset: nothing can be sent")
    token: SecretStr = Field(description="Token of the server configuration, which signs deliveries")
    aes_key: SecretStr | None = Field(None, description="EncodingAESKey, 43 characters; unset: plain mode")
    previous_aes_key: SecretStr | None = Field(None, description="The one before it, while keys are being changed")
    freshness: timedelta = Field(timedelta(minutes=5), description="How far a delivery's timestamp may be off")
    stores: dict[str, str] = Field(default_factory=dict, description="Menu key or QR scene → store code")
    template_id: str | None = Field(None, description="For people who have not written within 48 hours")
    template_fields: dict[str, str] = Field(
        default_factory=dict, description="Field of the template → text; {number} becomes the tracking number"
    )
    timeout: timedelta = Field(timedelta(seconds=20), description="Of sending one message; less than the lease")

    @field_validator("aes_key", "previous_aes_key")
    @classmethod
    def _is_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not re.fullmatch(r"[A-Za-z0-9+/]{43}", key.get_secret_value()):
            raise ValueError("an EncodingAESKey has 43 characters of A-Z, a-z, 0-9")
        return key


class SenderSettings(BaseModel):
    """Sending what the outbox holds."""

    lease: timedelta = Field(timedelta(minutes=3), description="Longer than the longest call; expired: unknown")
    concurrency: int = Field(8, ge=1, description="Messages in flight per process")
    poll_every: timedelta = Field(timedelta(seconds=1), description="Besides being woken by the database")
    retry_after: timedelta = Field(
        timedelta(seconds=5), description="First pause after a passing failure, doubled each time"
    )
    retry_at_most: timedelta = Field(timedelta(minutes=10), description="Longest pause between two tries")
    unknown_wait: timedelta = Field(
        timedelta(minutes=1),
        description="How long an unclear outcome may be corrected before a person gets it; hour 20 at the latest",
    )
    late_tries: timedelta = Field(
        timedelta(hours=4), description="How long a message is tried that was written after its promise was over"
    )


class WorkerSettings(BaseModel):
    """The loop that all stages share."""

    max_batch: int = Field(500, ge=1, le=1000, description="Records per transaction")
    gather: timedelta = Field(
        timedelta(milliseconds=5),
        le=timedelta(seconds=10),
        description="Least time from one small transaction to the next",
    )
    gather_beside: timedelta = Field(
        timedelta(seconds=1),
        le=timedelta(seconds=10),
        description="The same for stages no department waits for: fewer transactions under load",
    )
    session_timeout: timedelta = Field(timedelta(seconds=30), description="Kafka group session")
    transaction_timeout: timedelta = Field(
        timedelta(seconds=10), description="Kafka transaction, kept short on purpose"
    )
    commit_deadline: timedelta = Field(timedelta(seconds=8), description="A commit not done by then drops the producer")
    revoke_deadline: timedelta = Field(timedelta(seconds=20), description="To finish a batch when partitions leave")
    rebalance_timeout: timedelta = Field(
        timedelta(seconds=60), description="How long the group waits for a member; more than revoke_deadline"
    )
    drain_deadline: timedelta = Field(timedelta(seconds=25), description="To finish on SIGTERM")
    stuck_after: timedelta = Field(timedelta(seconds=60), description="Lag without progress: the consumer is rebuilt")
    poison_in_a_row: int = Field(20, description="Stage stops when so many records in a row are dead letters")
    poison_window: int = Field(200, description="… or when poison_share of so many are")
    poison_share: float = Field(0.2, description="Share of poison_window at which the stage stops")
    health_port: int | None = Field(None, description="Of a worker running alone; unset: a free one, printed")


class ClockSettings(BaseModel):
    """The promise of 24 hours; see the policy pack for all other clocks."""

    acknowledge_within: timedelta = Field(timedelta(hours=24), description="The promise, counted from receipt")
    sweep_at: timedelta = Field(timedelta(hours=20), description="After receipt: a text without category goes out")
    sweep_every: timedelta = Field(timedelta(seconds=15), description="How often the sweeper looks")


class DeduplicateSettings(BaseModel):
    """Finding the case of a complaint."""

    order_window: timedelta = Field(
        timedelta(days=45), description="Same order number and same sender within it: the same incident"
    )


class AcknowledgeSettings(BaseModel):
    """Guards against answering machines; counts are messages within so many minutes before."""

    window: timedelta = Field(timedelta(hours=24), description="At most one acknowledgement per case and channel in it")
    case_caps: dict[int, int] = Field(
        {10: 10, 30: 15, 60: 25, 180: 50, 600: 100}, description="minutes → messages to one address about one case"
    )
    recipient_caps: dict[int, int] = Field(
        {10: 30, 30: 60, 60: 120, 180: 240, 600: 360}, description="minutes → messages to one address"
    )
    subject_caps: dict[int, int] = Field(
        {180: 5}, description="minutes → messages to one address that wrote the same subject again and again"
    )
    robots: tuple[str, ...] = Field(
        ("mailer-daemon", "postmaster", "abuse", "root", "no-reply", "noreply", "donotreply", "do-not-reply", "bounce"),
        description="Addresses whose local part begins so are never answered",
    )


class ArchiveSettings(BaseModel):
    """Keeping raw deliveries."""

    inline_bytes: int = Field(
        256 * 1024, description="Raw items up to this size travel in Kafka, larger ones by reference"
    )
    retention: timedelta = Field(timedelta(days=1095), description="Three years, E-Commerce Law article 31")


class LedgerSettings(BaseModel):
    """The proof that nothing is missing and nothing is there twice."""

    retention: timedelta = Field(
        timedelta(days=90), description="Ledger rows of a complaint are removed so long after all of it has ended"
    )
    republish_after: timedelta = Field(
        timedelta(minutes=5),
        description="A raw delivery without its complaint is published again; after twice as long it counts as missing",
    )


class Settings(BaseSettings):
    """All settings of one installation. Secrets are masked wherever they are shown."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_", env_nested_delimiter="__", extra="forbid")

    home: Path = Field(Path(".intake"), description="Data of the embedded platform, spools, keys")
    policy: Path | None = Field(None, description="Policy pack; unset: the default pack of a retail chain")
    log_format: Literal["json", "console"] = Field("json", description="json (one object a line) or console")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="DEBUG, INFO, WARNING, ERROR")
    kafka: KafkaSettings = KafkaSettings()
    database: DatabaseSettings = DatabaseSettings()
    objects: ObjectSettings = ObjectSettings()
    keys: KeySettings = KeySettings()
    gateway: GatewaySettings = GatewaySettings()
    spool: SpoolSettings = SpoolSettings()
    mailboxes: dict[str, MailboxSettings] = Field(default_factory=dict, description="account → mailbox")
    mail: MailSettings = MailSettings()
    webhooks: dict[str, WebhookSettings] = Field(default_factory=dict, description="account → signed JSON webhook")
    smtp: SmtpSettings | None = Field(None, description="Unset: mail cannot be answered")
    sender: SenderSettings = SenderSettings()
    worker: WorkerSettings = WorkerSettings()
    clock: ClockSettings = ClockSettings()
    deduplicate: DeduplicateSettings = DeduplicateSettings()
    acknowledge: AcknowledgeSettings = AcknowledgeSettings()
    archive: ArchiveSettings = ArchiveSettings()
    ledger: LedgerSettings = LedgerSettings()
