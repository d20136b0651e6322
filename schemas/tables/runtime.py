"""The table of the loop that all stages share: why a stage refuses to go on, and who let it go on."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, Table, Text, func, text

from schemas.tables.metadata import METADATA, about
from schemas.topics import Personal

STOPS = Table(
    "runtime_stops",
    METADATA,
    Column("stop_id", BigInteger, Identity(), primary_key=True),
    Column("stage", Text, nullable=False, comment="Consumer group, prefix included"),
    Column("reason", Text, nullable=False, comment="flood, offsets-lost or offsets-ahead"),
    Column("detail", Text, nullable=False),
    Column("failed", Integer, nullable=False, comment="Dead letters among the last `seen` records"),
    Column("seen", Integer, nullable=False),
    Column("topic", Text, comment="Broker topic, partition and last offset of the batch at which it stopped"),
    Column("partition", Integer),
    Column("offset", BigInteger),
    Column("since", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("resumed_at", DateTime(timezone=True), comment="Null while the stage is stopped"),
    Column("resumed_by", Text),
    Column("resumed_why", Text),
    info=about("runtime", None, Personal.NONE),
)

OPEN_STOP = Index("uq_runtime_stops_open", STOPS.c.stage, unique=True, postgresql_where=text("resumed_at IS NULL"))
"""At most one open stop a stage, whichever of its workers found it first."""
