"""Every address of the application, and who may come in: what is not written here has not been decided."""

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.routing import Mount

from gateway.app import create_app
from gateway.parts import GatewayParts
from gateway.staff.roles import PERMISSIONS, May, Role
from gateway.tokens import Scope
from operations.pages.extension import extension
from schemas.settings import GatewaySettings
from tests.gateway.http import TOKEN_KEYS
from tests.gateway.memory_log import MemoryLog
from tests.gateway.parts import PSEUDONYM_KEY, WEB, intake_path
from tests.operations.pages.looks import Looks


class Open(Enum):
    """Doors that no sign-in stands before, and why."""

    PUBLIC = "for everybody; shows nothing about anybody"
    NUMBER = "a complaint's number; shows what its second secret opens"
    SIGNED = "takes what the vendor or a draft's secret proves"
    MACHINES = "numbers of the installation, no personal data: for the network of operators"
    ENTRANCE = "where members of staff sign in"


Door = tuple[str, str]
"""Method and pattern."""
ID = "0a8e8a9c-6d1e-5b7e-8f53-0c7c1f6b2d10"

DOORS: dict[Door, May | Scope | Open] = {
    ("POST", "/api/v1/complaints"): Open.PUBLIC,
    ("POST", "/webhooks/{channel}/{account}"): Open.SIGNED,
    ("GET", "/webhooks/{channel}/{account}"): Open.SIGNED,
    ("HEAD", "/webhooks/{channel}/{account}"): Open.SIGNED,
    ("POST", "/webhooks/{channel}/{account}/{event}"): Open.SIGNED,
    ("GET", "/webhooks/{channel}/{account}/{event}"): Open.SIGNED,
    ("HEAD", "/webhooks/{channel}/{account}/{event}"): Open.SIGNED,
    ("POST", "/api/v1/drafts"): Open.PUBLIC,
    ("GET", "/api/v1/drafts/{draft_id}"): Open.SIGNED,
    ("PUT", "/api/v1/drafts/{draft_id}"): Open.SIGNED,
    ("PUT", "/api/v1/drafts/{draft_id}/files/{number}"): Open.SIGNED,
    ("HEAD", "/api/v1/drafts/{draft_id}/files/{number}"): Open.SIGNED,
    ("DELETE", "/api/v1/drafts/{draft_id}"): Open.SIGNED,
    ("POST", "/api/v1/drafts/{draft_id}/submit"): Open.SIGNED,
    ("GET", "/"): Open.PUBLIC,
    ("GET", "/q/{code}"): Open.PUBLIC,
    ("GET", "/complaints"): Open.PUBLIC,
    ("POST", "/complaints"): Open.PUBLIC,
    ("GET", "/track/{number}"): Open.NUMBER,
    ("POST", "/track/{number}/open"): Open.NUMBER,
    ("POST", "/track/{number}/leave"): Open.NUMBER,
    ("POST", "/track/{number}/code"): Open.NUMBER,
    ("POST", "/track/{number}/code/check"): Open.NUMBER,
    ("POST", "/track/{number}/digits"): Open.NUMBER,
    ("POST", "/track/{number}/add"): Open.NUMBER,
    ("POST", "/track/{number}/satisfaction"): Open.NUMBER,
    ("GET", "/healthz"): Open.MACHINES,
    ("GET", "/readyz"): Open.MACHINES,
    ("GET", "/metrics"): Open.MACHINES,
    ("GET", "/openapi.json"): Open.PUBLIC,
    ("GET", "/asyncapi.yaml"): Open.PUBLIC,
    ("GET", "/schemas/{name}.json"): Open.PUBLIC,
    ("GET", "/docs/departments"): Open.PUBLIC,
    ("POST", "/api/v1/status"): Scope.STATUS,
    ("GET", "/api/v1/cases/{case_id}/contact"): Scope.CONTACT,
    ("GET", "/api/v1/attachments/{attachment_id}"): Scope.ATTACHMENTS,
    ("GET", "/staff/sign-in"): Open.ENTRANCE,
    ("POST", "/staff/sign-in"): Open.ENTRANCE,
    ("GET", "/staff/sign-in/provider"): Open.ENTRANCE,
    ("GET", "/staff/sign-in/provider/back"): Open.ENTRANCE,
    ("GET", "/staff"): May.SIGN_IN,
    ("POST", "/staff/sign-out"): May.SIGN_IN,
    ("GET", "/staff/password"): May.SIGN_IN,
    ("POST", "/staff/password"): May.SIGN_IN,
    ("GET", "/staff/calls/new"): May.ENTER,
    ("GET", "/staff/entry"): May.ENTER,
    ("POST", "/staff/entry"): May.ENTER,
    ("GET", "/staff/authority"): May.ENTER,
    ("POST", "/staff/authority"): May.ENTER,
    ("GET", "/staff/authority/{number}"): May.ENTER,
    ("GET", "/staff/records"): May.SEE_RECORDS,
    ("GET", "/staff/records/{number}"): May.SEE_RECORDS,
    ("GET", "/staff/records/{number}/receipt"): May.SEE_RECORDS,
    ("GET", "/staff/records/{number}/print"): May.SEE_RECORDS,
    ("GET", "/staff/reports"): May.SEE_REPORTS,
    ("GET", "/staff/reports/new"): May.FILE_REPORT,
    ("POST", "/staff/reports/new"): May.FILE_REPORT,
    ("GET", "/staff/reports/{number}"): May.SEE_REPORTS,
    ("GET", "/staff/reports/{number}/mend"): May.FILE_REPORT,
    ("POST", "/staff/reports/{number}/mend"): May.FILE_REPORT,
    ("POST", "/staff/reports/{number}"): May.SEE_REPORTS,
    ("GET", "/staff/qr"): May.MAKE_CODES,
    ("POST", "/staff/qr"): May.MAKE_CODES,
    ("GET", "/staff/qr/print"): May.MAKE_CODES,
    ("POST", "/staff/qr/{code_id}/revoke"): May.MAKE_CODES,
    ("GET", "/ops"): May.SEE_OPERATIONS,
    ("GET", "/ops/events"): May.SEE_OPERATIONS,
    ("GET", "/ops/rows"): May.SEE_OPERATIONS,
    ("GET", "/ops/ledger"): May.SEE_OPERATIONS,
    ("GET", "/ops/promises"): May.SEE_OPERATIONS,
    ("GET", "/ops/points"): May.SEE_OPERATIONS,
    ("GET", "/ops/suspended"): May.SEE_OPERATIONS,
    ("GET", "/ops/suspended/{item}"): May.SEE_OPERATIONS,
    ("POST", "/ops/suspended/act"): May.REPLAY,
    ("POST", "/ops/suspended/{item}/raw"): May.SEE_RAW,
    ("GET", "/ops/dead-letters"): May.SEE_OPERATIONS,
    ("GET", "/ops/dead-letters/{item}"): May.SEE_OPERATIONS,
    ("POST", "/ops/dead-letters/act"): May.REPLAY,
    ("POST", "/ops/dead-letters/{item}/raw"): May.SEE_RAW,
    ("GET", "/ops/tasks"): May.SEE_OPERATIONS,
    ("GET", "/ops/tasks/{task}"): May.SEE_OPERATIONS,
    ("POST", "/ops/tasks/{task}/{act}"): May.DO_TASKS,
    ("GET", "/ops/outbox"): May.SEE_OPERATIONS,
    ("GET", "/ops/outbox/{message}"): May.SEE_COMPLAINTS,
    ("GET", "/ops/stages"): May.SEE_OPERATIONS,
    ("POST", "/ops/stages/{stage}/resume"): May.RESUME,
    ("GET", "/ops/review"): May.SEE_OPERATIONS,
    ("GET", "/ops/review/{complaint}"): May.SEE_COMPLAINTS,
    ("POST", "/ops/review/{complaint}/correct"): May.REVIEW,
    ("POST", "/ops/review/{complaint}/{act}"): May.REVIEW,
    ("GET", "/ops/links"): May.SEE_OPERATIONS,
    ("GET", "/ops/links/{number}"): May.SEE_COMPLAINTS,
    ("POST", "/ops/links/{number}"): May.RELINK,
    ("GET", "/ops/complaints/{number}/reply"): May.REPLY,
    ("POST", "/ops/complaints/{number}/reply"): May.REPLY,
    ("GET", "/ops/search"): May.SEE_COMPLAINTS,
    ("POST", "/ops/search"): May.SEE_COMPLAINTS,
    ("GET", "/ops/accounts"): May.MANAGE_ACCOUNTS,
    ("POST", "/ops/accounts"): May.MANAGE_ACCOUNTS,
    ("GET", "/ops/accounts/{account_id}"): May.MANAGE_ACCOUNTS,
    ("POST", "/ops/accounts/{account_id}/roles"): May.MANAGE_ACCOUNTS,
    ("POST", "/ops/accounts/{account_id}/disable"): May.MANAGE_ACCOUNTS,
    ("POST", "/ops/accounts/{account_id}/enable"): May.MANAGE_ACCOUNTS,
    ("POST", "/ops/accounts/{account_id}/unlock"): May.MANAGE_ACCOUNTS,
    ("POST", "/ops/accounts/{account_id}/sessions"): May.MANAGE_ACCOUNTS,
    ("POST", "/ops/accounts/{account_id}/password"): May.MANAGE_ACCOUNTS,
    ("GET", "/ops/accounts/tokens"): May.MANAGE_ACCOUNTS,
    ("POST", "/ops/accounts/tokens"): May.MANAGE_ACCOUNTS,
    ("POST", "/ops/accounts/tokens/{token_id}/revoke"): May.MANAGE_ACCOUNTS,
    ("GET", "/ops/audit"): May.SEE_AUDIT,
    ("GET", "/ops/audit/export.csv"): May.SEE_AUDIT,
    ("GET", "/ops/complaints/{number}"): May.SEE_COMPLAINTS,
    ("GET", "/ops/complaints/{number}/full"): May.SEE_COMPLAINTS,
    ("POST", "/ops/complaints/{number}/full"): May.SEE_RAW,
    ("GET", "/ops/complaints/{number}/files/{attachment}"): May.SEE_COMPLAINTS,
    ("GET", "/ops/cases/{case_id}"): May.SEE_COMPLAINTS,
}
"""Method and pattern → what it asks for."""
MOUNTS = {"/static", "/static/staff", "/static/ops"}
"""Folders that are served as they lie."""
_FILLED = {
    "act": "claim",
    "stage": "classify",
    "name": "complaint",
    "number": "ETNV-X5SQ-JG01-G",
    "channel": "wechat",
    "event": "sms",
}
_ASKED = {
    "/staff/calls/new": "?account=x&call=x",
    "/ops/rows": "?key=stage:none",
    "/ops/points": "?key=stage:none",
    "/ops/promises": "?clock=none&band=none",
}


def staff_doors() -> Iterator[tuple[Door, May]]:
    """Those that ask for somebody who is signed in."""
    for door, needs in DOORS.items():
        if isinstance(needs, May):
            yield door, needs


def address(pattern: str) -> str:
    """The pattern with something in it that is well formed and not there."""
    parts = []
    for part in pattern.split("/"):
        name, _, rest = part.removeprefix("{").partition("}")
        parts.append(_FILLED.get(name, ID) + rest if part.startswith("{") else part)
    return "/".join(parts) + _ASKED.get(pattern, "")


def allowed(role: Role, needs: May) -> bool:
    """Whether an account with this role alone may come in."""
    return needs is May.SIGN_IN or needs in PERMISSIONS[role]


async def application(folder: Path) -> FastAPI:
    """The application as `intake gateway` mounts it, without its shell."""
    built: list[FastAPI] = []
    async with intake_path(MemoryLog(), folder) as intake:
        parts = GatewayParts(intake, WEB, GatewaySettings(), TOKEN_KEYS, PSEUDONYM_KEY, "https://c.example.com")
        create_app(parts, [extension(Looks().parts()), built.append])
    return built[0]


def doors_of(app: FastAPI) -> tuple[set[Door], set[str]]:
    """What the application itself serves: routes, and folders it mounts."""
    found, mounts = set[Door](), set[str]()
    waiting: list[Any] = list(app.router.routes)
    while waiting:
        route = waiting.pop()
        if isinstance(route, Mount):
            mounts.add(route.path)
        elif hasattr(route, "effective_candidates"):
            waiting += route.effective_candidates()
        else:
            found |= {(method, route.path) for method in route.methods or ()}
    return found, mounts
