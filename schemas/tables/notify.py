"""What the notify stage decided on each message; the messages themselves lie in the outbox."""

from schemas.tables.metadata import decision_table, lock_table

NOTIFY_DECISIONS = decision_table("notify")
"""Under the message's own id: a second record of one occasion is a redelivery."""
NOTIFY_LOCKS = lock_table("notify")
