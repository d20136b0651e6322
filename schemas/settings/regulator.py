"""Referrals of 12315 and other authorities: who pushes, which folders are read, how much of a file is."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, SecretStr


class FolderSettings(BaseModel):
    """A folder that files of an authority are dropped into."""

    path: Path = Field(description="Read and written; `processed` and `errors` are made in it")
    settled_after: timedelta = Field(
        timedelta(seconds=10),
        description="A file without `.done` beside it is taken once it did not change for so long",
    )
    poll_every: timedelta = Field(timedelta(seconds=5), description="Between two looks into the folder")
    retry_at_most: timedelta = Field(timedelta(minutes=5), description="Longest pause while nothing can be kept")


class RegulatorAccountSettings(BaseModel):
    """One authority, or one system of it; its account is part of the URL and should be hard to guess."""

    secrets: dict[str, Annotated[SecretStr, Field(min_length=16)]] = Field(
        default_factory=dict, description="key id → secret, at least 16 characters, for rotation; none: no pushes"
    )
    freshness: timedelta = Field(timedelta(minutes=5), description="Largest time between signing and arrival")
    enabled: bool = Field(True, description="false: pushes are answered like an account there is not")
    authority: str | None = Field(None, description="Name of the authority where a referral does not say it")
    source_system: str | None = Field(
        None, description="Accounts with the same one share their numbers: a referral comes by push and file once"
    )
    folder: FolderSettings | None = Field(None, description="Drop folder; unset: none")


class RegulatorSettings(BaseModel):
    """Accounts of authorities, and limits of reading what they send."""

    accounts: dict[str, RegulatorAccountSettings] = Field(default_factory=dict, description="account → authority")
    authority_domains: tuple[str, ...] = Field(
        ("gov.cn",), description="Mail of these domains and those below them is an authority's, if DMARC passed"
    )
    max_file_bytes: int = Field(25 * 1024 * 1024, ge=1, description="Of one file, push or attachment")
    max_unpacked_bytes: int = Field(200 * 1024 * 1024, ge=1, description="Of a workbook or document when unpacked")
    max_rows: int = Field(50_000, ge=1, description="Rows of one file")
    max_columns: int = Field(200, ge=1, description="Columns that are read")
    max_cell_chars: int = Field(32_767, ge=1, description="Of one cell; Excel's own limit")
    max_items: int = Field(500, ge=1, description="Referrals of one push")
    max_pages: int = Field(100, ge=1, description="Pages of a PDF that are read")
    chunk_rows: int = Field(200, ge=1, description="Rows of a dropped file that become durable at a time")
    oldest_stamp: timedelta = Field(
        timedelta(days=400), description="A stamp older than this, or in the future, is not believed"
    )
