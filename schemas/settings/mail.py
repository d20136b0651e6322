"""Mailboxes that are read, limits of reading, and how mails go out."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, Field, SecretStr


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
