"""What `intake relink` and `intake reroute` print with `--json`."""

from uuid import UUID

from pydantic import Field

from schemas.base import Record


class RelinkReport(Record):
    """`intake relink --json`: where a complaint was, and where it is now (or would be)."""

    complaint_id: UUID
    tracking_number: str
    by: str
    dry_run: bool
    done: bool = Field(description="false: only asked, or refused for the reason in `detail`")
    detail: str
    old_case_id: UUID
    old_verdict: str
    case_id: UUID | None = Field(description="null in a dry run, when a case of its own is still to be named")
    case_seq: int | None = None
    verdict: str
    of: UUID | None = None
    correction_id: UUID | None = Field(None, description="The event on complaints.commands.v1")
    revision: int | None = Field(None, description="The revision of the complaint that says so")


class RerouteReport(Record):
    """`intake reroute --json`: which department had the case, and which has it now (or would have)."""

    complaint_id: UUID
    tracking_number: str
    case_id: UUID
    by: str
    dry_run: bool
    done: bool = Field(description="false: only asked, or refused for the reason in `detail`")
    detail: str
    old_department: str | None
    department: str
    complaints: tuple[UUID, ...] = Field((), description="Members of the case that the new department has got")
    too_old: tuple[UUID, ...] = Field((), description="Members whose record is no longer on the log: both keep them")
