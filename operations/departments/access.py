"""Which complaints a department may see more of: those of its cases and its copies, as they are routed now."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request

from connectors.web.errors import ScopeRequired
from gateway.limits import AtOnce, RateLimit
from gateway.parts import parts_of
from gateway.problems import Away, NotYours
from gateway.staff.problems import NoDatabase
from gateway.staff.visit import database
from gateway.tokens import ApiToken, Scope, bearer
from infra.objects import ObjectStore, open_store
from schemas.settings import Settings

_ROUTED = """
FROM {source}
CROSS JOIN LATERAL (
    SELECT topic, partition, "offset", decision FROM route_decisions
    WHERE route_decisions.complaint_id = m.complaint_id ORDER BY revision DESC LIMIT 1
) AS d
LEFT JOIN route_cases AS c ON c.case_id = m.case_id
WHERE {wanted}
  AND coalesce(d.decision ->> 'case_id', CAST(m.case_id AS text)) = CAST(m.case_id AS text)
  AND (
    coalesce(c.department, d.decision ->> 'department') = :department
    OR (NOT m.sealed AND jsonb_exists(coalesce(d.decision -> 'copies', '[]'), :department))
  )
"""
_RESPONSIBLE = "coalesce(c.department, d.decision ->> 'department') = :department AS responsible"
_CASE = text(
    'SELECT m.complaint_id, m.case_seq, m.tracking_number, m.received_at, d.topic, d.partition, d."offset", '
    f"{_RESPONSIBLE}, coalesce(d.decision -> 'accused' ->> 'withhold', 'false') = 'true' AS accused"
    + _ROUTED.format(source="case_members AS m", wanted="m.case_id = :case_id")
    + "ORDER BY m.case_seq DESC LIMIT :at_most"
)
_FILE = text(
    f"SELECT a.complaint_id, a.state, a.object_key, m.case_id, m.sealed, {_RESPONSIBLE}"
    + _ROUTED.format(
        source="route_attachments AS a JOIN case_members AS m ON m.complaint_id = a.complaint_id",
        wanted="a.attachment_id = :attachment_id",
    )
)


@dataclass(slots=True)
class Caller:
    """The system of one department, known by its token."""

    token: ApiToken
    department: str

    @property
    def named(self) -> str:
        """Who it is in the audit log."""
        return f"{self.department}: {self.token.name}"


@dataclass
class Access:
    """What this process keeps for the systems of departments."""

    settings: Settings
    contacts: RateLimit = field(init=False)
    attachments: RateLimit = field(init=False)
    downloads: AtOnce = field(init=False)

    def __post_init__(self) -> None:
        """Set the limits of each token."""
        self.contacts = RateLimit(self.settings.access.contacts_per_minute)
        self.attachments = RateLimit(self.settings.access.attachments_per_minute)
        self.downloads = AtOnce(self.settings.access.attachments_at_once)

    @cached_property
    def objects(self) -> ObjectStore:
        """Where the files lie."""
        return open_store(self.settings)


def access_of(request: Request) -> Access:
    """That of the application which serves this request."""
    found: Access = request.app.state.department_access
    return found


async def caller(request: Request, scope: Scope) -> Caller:
    """Which department calls. Raises `Unauthorized`, `ScopeRequired`, or `Away` without a database."""
    token = await bearer(request, scope)
    if token.department is None:
        raise ScopeRequired("the token speaks for no department: ask an administrator for one that does")
    return Caller(token, token.department)


@asynccontextmanager
async def transaction(request: Request) -> AsyncIterator[AsyncConnection]:
    """One transaction. Raises `Away` when there is no database or it does not answer."""
    try:
        async with database(parts_of(request)) as connection:
            yield connection
    except NoDatabase as error:
        raise Away("the database does not answer") from error


async def complaints_of(connection: AsyncConnection, case_id: UUID, who: Caller, at_most: int | None) -> list[Row[Any]]:
    """The newest complaints of a case that this department hears of, None: all. Raises `NotYours` for none."""
    values = {"case_id": case_id, "department": who.department, "at_most": at_most}
    found = list(await connection.execute(_CASE, values))
    if not found:
        raise NotYours("no case of your department has this id")
    return found


async def file_of(connection: AsyncConnection, attachment_id: UUID, who: Caller) -> Row[Any]:
    """What is known of a file. Raises `NotYours` when its complaint is not the department's."""
    found = (await connection.execute(_FILE, {"attachment_id": attachment_id, "department": who.department})).first()
    if found is None:
        raise NotYours("no file of your department's cases has this id")
    return found


def id_of(asked: str, what: str) -> UUID:
    """The id in a path. Raises `NotYours` for what is no id at all."""
    try:
        return UUID(asked)
    except ValueError:
        raise NotYours(f"no {what} of your department has this id") from None
