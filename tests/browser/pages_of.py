"""Every page there is: its name, its address, and how to get to those that have no address of their own."""

from dataclasses import dataclass

from tests.browser.window import Window

PUBLIC = {
    "form": "/",
    "track-closed": "/track/{number}",
    "sign-in": "/staff/sign-in",
    "contract": "/docs/departments",
}
"""Without sign-in."""
STAFF = {
    "start": "/staff",
    "entry": "/staff/entry",
    "reports": "/staff/reports",
    "report-form": "/staff/reports/new",
    "records": "/staff/records",
    "authority": "/staff/authority",
    "qr": "/staff/qr",
    "password": "/staff/password",
    "board": "/ops",
    "row": "/ops/rows?key=stage%3Aclassify%3Acomplaints.deduplicated.v1",
    "ledger": "/ops/ledger",
    "tasks": "/ops/tasks",
    "reviews": "/ops/review",
    "links": "/ops/links",
    "suspended": "/ops/suspended",
    "dead-letters": "/ops/dead-letters",
    "outbox": "/ops/outbox",
    "stages": "/ops/stages",
    "search": "/ops/search",
    "complaint": "/ops/complaints/{number}",
    "reply": "/ops/complaints/{number}/reply",
    "case": "/ops/cases/{case_id}",
    "accounts": "/ops/accounts",
    "tokens": "/ops/accounts/tokens",
    "audit": "/ops/audit",
}
"""With sign-in."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A page that the first link of this form on another page leads to."""

    path: str
    link: str


LINKED = {
    "task": Linked("/ops/tasks", "tbody a[href^='/ops/tasks/']"),
    "review": Linked("/ops/review", "tbody a[href^='/ops/review/']"),
    "suspended-one": Linked("/ops/suspended", "tbody a[href^='/ops/suspended/']"),
    "record": Linked("/staff/records", "a[href^='/staff/records/']"),
    "account": Linked("/ops/accounts", "a[href^='/ops/accounts/']:not([href*='tokens'])"),
    "promises-listed": Linked("/ops", "a[href^='/ops/promises']"),
}
"""With sign-in; the demo has at least one of each."""


async def search(window: Window, lang: str, words: str) -> None:
    """Look for words, as far as the results."""
    await window.open(f"/ops/search?lang={lang}")
    await window.page.fill("#q", words)
    await window.page.click("main form[role=search] button[type=submit]")
    await window.page.wait_for_load_state()
