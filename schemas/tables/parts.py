"""How each part of each process is, as the process itself says every few seconds."""

from sqlalchemy import Boolean, Column, DateTime, Index, PrimaryKeyConstraint, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from schemas.tables.metadata import METADATA, about
from schemas.topics import Personal

PART_HEARTBEATS = Table(
    "part_heartbeats",
    METADATA,
    Column("part", Text, nullable=False),
    Column("process_id", Uuid, nullable=False, comment="random, of one start of a process"),
    Column("program", Text, nullable=False, comment="what was started: run, gateway, worker route …"),
    Column("host", Text, nullable=False, comment="name of the machine"),
    Column("version", Text, nullable=False, comment="of the product"),
    Column("ready", Boolean, nullable=False),
    Column("detail", Text, nullable=False, comment="a sentence for operators"),
    Column("facts", JSONB, nullable=False),
    Column("disks", JSONB, nullable=False, comment="home, spool, objects → bytes free and in all"),
    Column("not_ready_since", DateTime(timezone=True), comment="null while ready"),
    Column("started_at", DateTime(timezone=True), nullable=False, comment="first beat of this process"),
    Column("beaten_at", DateTime(timezone=True), nullable=False, comment="by the database's clock"),
    Column("clock", DateTime(timezone=True), nullable=False, comment="the process's own time at that moment"),
    Column("ended_at", DateTime(timezone=True), comment="a clean stop; null and no beat: it fell silent"),
    PrimaryKeyConstraint("part", "process_id"),
    Index(None, "beaten_at"),
    info=about("parts", 7, Personal.NONE),
)
