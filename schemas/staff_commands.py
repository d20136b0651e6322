"""What `intake staff`, `intake tokens` and `intake qr` print with `--json`."""

from uuid import UUID

from pydantic import Field

from schemas.base import Instant, Part, Record


class StaffLine(Part):
    """One account of `intake staff list`."""

    name: str
    display_name: str
    roles: tuple[str, ...]
    stores: tuple[str, ...] = Field((), description="Empty, with no regions: all")
    regions: tuple[str, ...] = ()
    state: str = Field(description="active, disabled since …, locked until …")
    created_at: Instant


class StaffReport(Record):
    """`intake staff list --json`."""

    accounts: tuple[StaffLine, ...]


class TokenLine(Part):
    """One token of `intake tokens list`; the token itself is kept nowhere."""

    token_id: UUID
    name: str
    department: str | None = None
    scopes: tuple[str, ...]
    state: str = Field(description="active, revoked, ended")
    created_at: Instant
    created_by: str
    expires_at: Instant
    last_used_at: Instant | None = None


class TokensReport(Record):
    """`intake tokens list --json`."""

    tokens: tuple[TokenLine, ...]


class TokenMade(Record):
    """`intake tokens add --json`: the only time the token is shown."""

    token_id: UUID
    token: str
    expires_at: Instant


class QrLine(Part):
    """One code of `intake qr`."""

    code_id: str
    store: str
    counter: str | None = None
    shelf: str | None = None
    url: str
    made_at: Instant
    revoked_at: Instant | None = None


class QrReport(Record):
    """`intake qr list --json`, and of `intake qr make --json` the codes that were made."""

    codes: tuple[QrLine, ...]
