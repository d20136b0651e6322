"""Who may do what: roles are given to accounts, permissions follow from roles."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What an account is for. One account may have several."""

    CLERK = "clerk"
    STORE_MANAGER = "store_manager"
    REGIONAL_MANAGER = "regional_manager"
    VIEWER = "viewer"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    REGULATOR_AFFAIRS = "regulator_affairs"
    ADMIN = "admin"


class May(StrEnum):
    """What a page or button asks for."""

    SIGN_IN = "sign-in"
    ENTER = "enter"
    SEE_REPORTS = "see-reports"
    FILE_REPORT = "file-report"
    REVIEW_REPORT = "review-report"
    HANDLE_REPORT = "handle-report"
    SEE_RECORDS = "see-records"
    MAKE_CODES = "make-codes"
    SEE_OPERATIONS = "see-operations"
    SEE_COMPLAINTS = "see-complaints"
    SEE_RAW = "see-raw"
    DO_TASKS = "do-tasks"
    REPLY = "reply"
    REPLAY = "replay"
    DISCARD = "discard"
    REVIEW = "review"
    RELINK = "relink"
    RESUME = "resume"
    SEE_SEALED = "see-sealed"
    SEE_AUDIT = "see-audit"
    MANAGE_ACCOUNTS = "manage-accounts"


_ENTRY = {May.ENTER, May.FILE_REPORT, May.SEE_REPORTS, May.SEE_RECORDS}
_WORK = {May.SEE_OPERATIONS, May.SEE_COMPLAINTS, May.DO_TASKS, May.REPLY, May.REPLAY, May.REVIEW}
_DECIDE = {May.SEE_RAW, May.DISCARD, May.RELINK, May.RESUME, May.SEE_AUDIT}
PERMISSIONS: Mapping[Role, Collection[May]] = {
    Role.CLERK: _ENTRY,
    Role.STORE_MANAGER: _ENTRY | {May.REVIEW_REPORT, May.MAKE_CODES},
    Role.REGIONAL_MANAGER: {May.SEE_REPORTS, May.HANDLE_REPORT, May.SEE_RECORDS},
    Role.VIEWER: {May.SEE_OPERATIONS},
    Role.OPERATOR: _WORK | {May.MAKE_CODES},
    Role.SUPERVISOR: _ENTRY | _WORK | _DECIDE | {May.MAKE_CODES},
    Role.REGULATOR_AFFAIRS: _ENTRY | _WORK | {May.SEE_SEALED},
    Role.ADMIN: set(May) - {May.SEE_SEALED},
}
"""Role → what it may besides signing in."""


def role_may(role: Role, what: May) -> bool:
    """Whether a role by itself allows it; signing in comes with every account."""
    return what is May.SIGN_IN or what in PERMISSIONS[role]


@dataclass(frozen=True, slots=True)
class Account:
    """A member of staff. With neither stores nor regions the account is for all of them.

    Named stores decide alone; their regions only fill in forms.
    """

    account_id: UUID
    name: str
    display_name: str
    roles: tuple[Role, ...]
    stores: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    def may(self, what: May) -> bool:
        """Whether one of its roles allows it; every account may sign in."""
        return what is May.SIGN_IN or any(role_may(role, what) for role in self.roles)

    def covers(self, store: str | None, region: str | None = None) -> bool:
        """Whether what happened there is its business."""
        if not self.stores and not self.regions:
            return True
        return store in self.stores if self.stores else region in self.regions
