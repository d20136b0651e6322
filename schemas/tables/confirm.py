"""How each complaint's duty to acknowledge ended: the decision rows are the whole state."""

from schemas.tables.metadata import decision_table

CONFIRM_DECISIONS = decision_table("confirm")
