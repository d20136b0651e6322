"""What `intake staff` and `intake qr` print with `--json`."""

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
