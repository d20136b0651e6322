"""What runs and where: the contract of ``intake platform status --json`` and of ``platform.json``."""

from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError


class Part(StrEnum):
    """One part of the embedded platform; the values are the keys of the status."""

    KAFKA = "kafka"
    DATABASE = "database"
    MAILBOX = "mailbox"


class _Address(BaseModel):
    model_config = ConfigDict(frozen=True)


class KafkaAddress(_Address):
    """Where the broker answers, as ``127.0.0.1:port``."""

    bootstrap_servers: str


class DatabaseAddress(_Address):
    """``postgresql://user:password@127.0.0.1:port/intake``; the password belongs to the embedded database only."""

    url: str

    @classmethod
    def of(cls, user: str, password: str, port: int, database: str) -> "DatabaseAddress":
        """Put the URL together; user and password are percent-encoded."""
        return cls(url=f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@127.0.0.1:{port}/{database}")


class MailboxAddress(_Address):
    """Host and port of IMAP and SMTP (both without TLS, loopback only) and the demo user."""

    imap: str
    smtp: str
    user: str
    password: str


class GatewayAddress(_Address):
    """The address of the gateway, which another process runs and writes into ``gateway.json``."""

    url: str


Address = KafkaAddress | DatabaseAddress | MailboxAddress
"""What a part of the platform tells about itself."""


class PlatformStatus(BaseModel):
    """Addresses of what runs, ``None`` for what does not. ``model_dump(mode="json")`` is contract."""

    model_config = ConfigDict(frozen=True)

    kafka: KafkaAddress | None = None
    database: DatabaseAddress | None = None
    mailbox: MailboxAddress | None = None
    gateway: GatewayAddress | None = None


class _GatewayFile(BaseModel):
    url: str
    pid: int


def read_gateway(home: Path) -> GatewayAddress | None:
    """Read ``<home>/gateway.json``; ``None`` when missing, unreadable or its process is gone."""
    try:
        found = _GatewayFile.model_validate_json((home / "gateway.json").read_bytes())
    except (OSError, ValidationError):
        return None
    return GatewayAddress(url=found.url) if psutil.pid_exists(found.pid) else None
