"""What people must do: one row a complaint and kind of task, who has it, by when, who did it and how."""

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Table, Text, Uuid, text

from schemas.tables.metadata import METADATA, about, decision_table, lock_table
from schemas.topics import Personal

TASKS_DECISIONS = decision_table("tasks")
TASKS_LOCKS = lock_table("tasks")

TASKS = Table(
    "tasks",
    METADATA,
    Column("task_id", Uuid, primary_key=True, comment="named by complaint and kind"),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, comment="open, claimed, done"),
    Column("complaint_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("tracking_number", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("department", Text, nullable=False, comment="whose people do it"),
    Column("sealed", Boolean, nullable=False, comment="of a report to an authority: shown to its department alone"),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("owner", Text, comment="the member of staff who has claimed it"),
    Column("done_at", DateTime(timezone=True), comment="when it happened, as the person says"),
    Column("done_by", Text, comment="a member of staff; null when a later revision ended it"),
    Column("how", Text, comment="phone, letter, in-person … or revision"),
    Column("note", Text, comment="why it was opened or ended, without personal data"),
    Column("listed", Boolean, nullable=False, comment="whether the newest revision of the complaint asks for it"),
    Column("version", Integer, nullable=False, comment="counts changes; an act names the one it was decided on"),
    Index(None, "complaint_id"),
    Index(None, "case_id"),
    Index("ix_tasks_waiting", "due_at", postgresql_where=text("state <> 'done'")),
    info=about("tasks", 1095, Personal.NONE),
)
