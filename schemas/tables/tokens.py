"""Tokens by which other systems speak to us: departments, monitoring. Made at the command line or by administrators."""

from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from schemas.tables.metadata import METADATA, about
from schemas.topics import Personal

API_TOKENS = Table(
    "api_tokens",
    METADATA,
    Column("token_id", Uuid, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True, comment="SHA-256; the token itself is not kept"),
    Column("name", Text, nullable=False, comment="what it is for, as its maker says"),
    Column("department", Text, comment="the only one it speaks for; null: of no department"),
    Column("scopes", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Column("last_used_at", DateTime(timezone=True), comment="to the minute"),
    Index(None, "expires_at"),
    info=about("staff", None, Personal.NONE),
)
