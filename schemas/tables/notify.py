"""What the notify stage decided on each message; the messages themselves lie in the outbox."""

from sqlalchemy import Index, text

from schemas.tables.metadata import decision_table, lock_table

NOTIFY_DECISIONS = decision_table("notify")
"""Under the message's own id: a second record of one occasion is a redelivery."""
Index(
    "ix_notify_decisions_untold",
    NOTIFY_DECISIONS.c.decision["complaint_id"].astext,
    postgresql_where=text("((decision -> 'result') ->> 'outcome') IS NOT NULL"),
)
NOTIFY_LOCKS = lock_table("notify")
