"""Every setting, declared once: `INTAKE_…` in the environment, groups nested with `__`, units in the description."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.settings.additions import AdditionsSettings, TranscriptionSettings
from schemas.settings.alerts import AlertSettings
from schemas.settings.answering import AnsweringSettings, QuietHours
from schemas.settings.departments import AccessSettings, DepartmentSettings, PostingSettings
from schemas.settings.lag import LagSettings
from schemas.settings.mail import MailboxSettings, MailSettings, SmtpSettings
from schemas.settings.opinion import OpinionSettings
from schemas.settings.phone import PhoneAccountSettings, SmsSendingSettings
from schemas.settings.platform import (
    DatabaseSettings,
    GatewaySettings,
    KafkaSettings,
    KeySettings,
    ObjectSettings,
    SpoolSettings,
)
from schemas.settings.regulator import FolderSettings, RegulatorAccountSettings, RegulatorSettings
from schemas.settings.staff import DraftSettings, QrSettings, StaffSettings
from schemas.settings.tasks import TaskSettings
from schemas.settings.track import TrackSettings
from schemas.settings.twilio import TwilioSettings
from schemas.settings.watch import WatchSettings
from schemas.settings.webhook import WebhookSettings
from schemas.settings.wechat import WeChatSettings
from schemas.settings.working import (
    AcknowledgeSettings,
    ArchiveSettings,
    ClockSettings,
    DeduplicateSettings,
    LedgerSettings,
    NotifySettings,
    SenderSettings,
    WorkerSettings,
)

__all__ = [
    "AccessSettings",
    "AcknowledgeSettings",
    "AdditionsSettings",
    "AlertSettings",
    "AnsweringSettings",
    "ArchiveSettings",
    "ClockSettings",
    "DatabaseSettings",
    "DeduplicateSettings",
    "DepartmentSettings",
    "DraftSettings",
    "FolderSettings",
    "GatewaySettings",
    "KafkaSettings",
    "KeySettings",
    "LagSettings",
    "LedgerSettings",
    "MailSettings",
    "MailboxSettings",
    "NotifySettings",
    "ObjectSettings",
    "OpinionSettings",
    "PhoneAccountSettings",
    "PostingSettings",
    "QrSettings",
    "QuietHours",
    "RegulatorAccountSettings",
    "RegulatorSettings",
    "SenderSettings",
    "Settings",
    "SmsSendingSettings",
    "SmtpSettings",
    "SpoolSettings",
    "StaffSettings",
    "TaskSettings",
    "TrackSettings",
    "TranscriptionSettings",
    "TwilioSettings",
    "WatchSettings",
    "WeChatSettings",
    "WebhookSettings",
    "WorkerSettings",
]


class Settings(BaseSettings):
    """All settings of one installation. Secrets are masked wherever they are shown."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_", env_nested_delimiter="__", extra="forbid")

    home: Path = Field(Path(".intake"), description="Data of the embedded platform, spools, keys")
    policy: Path | None = Field(
        None,
        description="Policy pack: a file, or p0 … p4 that ship; unset: the default pack of a retail chain",
    )
    organisation: Path | None = Field(
        None, description="Organisation file, YAML or CSV; unset: places are as stated, none has a code"
    )
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
    wechat: dict[str, WeChatSettings] = Field(default_factory=dict, description="account → WeChat official account")
    phone: dict[str, PhoneAccountSettings] = Field(
        default_factory=dict, description="account → vendor of calls or short messages that pushes to us"
    )
    sms: SmsSendingSettings | None = Field(None, description="Unset: no SMS can be sent through a mainland vendor")
    twilio: dict[str, TwilioSettings] = Field(default_factory=dict, description="account → Twilio account")
    regulator: RegulatorSettings = RegulatorSettings()
    smtp: SmtpSettings | None = Field(None, description="Unset: mail cannot be answered")
    sender: SenderSettings = SenderSettings()
    worker: WorkerSettings = WorkerSettings()
    clock: ClockSettings = ClockSettings()
    deduplicate: DeduplicateSettings = DeduplicateSettings()
    acknowledge: AcknowledgeSettings = AcknowledgeSettings()
    notify: NotifySettings = NotifySettings()
    tasks: TaskSettings = TaskSettings()
    answering: AnsweringSettings = AnsweringSettings()
    archive: ArchiveSettings = ArchiveSettings()
    ledger: LedgerSettings = LedgerSettings()
    lag: LagSettings = LagSettings()
    additions: AdditionsSettings = AdditionsSettings()
    transcription: TranscriptionSettings | None = Field(None, description="Unset: recordings are listened to by people")
    opinion: OpinionSettings | None = Field(None, description="Unset: nobody else is asked what a message is about")
    staff: StaffSettings = StaffSettings()
    qr: QrSettings = QrSettings()
    track: TrackSettings = TrackSettings()
    drafts: DraftSettings = DraftSettings()
    departments: dict[str, DepartmentSettings] = Field(default_factory=dict, description="department → its system")
    watch: WatchSettings = WatchSettings()
    access: AccessSettings = AccessSettings()
    alerts: AlertSettings = AlertSettings()
    posting: PostingSettings = PostingSettings()

    @property
    def systems(self) -> Mapping[str, DepartmentSettings]:
        """Department code → its system. Names of variables hold no hyphens: STORE_OPERATIONS is `store-operations`."""
        return {name.replace("_", "-").lower(): one for name, one in self.departments.items()}
