"""Where the operations pages lead: every page with a place in their navigation, and who may open it."""

from gateway.staff.roles import May

NAVIGATION = (
    ("", "desk.nav.board", May.SEE_OPERATIONS),
    ("/search", "nav.search", May.SEE_COMPLAINTS),
    ("/tasks", "desk.nav.tasks", May.SEE_OPERATIONS),
    ("/suspended", "desk.nav.suspended", May.SEE_OPERATIONS),
    ("/dead-letters", "desk.nav.dead-letters", May.SEE_OPERATIONS),
    ("/outbox", "desk.nav.outbox", May.SEE_OPERATIONS),
    ("/review", "desk.nav.review", May.SEE_OPERATIONS),
    ("/links", "desk.nav.links", May.SEE_OPERATIONS),
    ("/stages", "desk.nav.stages", May.SEE_OPERATIONS),
    ("/audit", "nav.audit", May.SEE_AUDIT),
    ("/accounts", "nav.accounts", May.MANAGE_ACCOUNTS),
    ("/accounts/tokens", "tokens.title", May.MANAGE_ACCOUNTS),
)
"""Path under `/ops`, key of its words, what an account needs."""
