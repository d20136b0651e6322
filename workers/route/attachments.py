"""Where the files lie that departments are told of by id: what the attachment endpoint hands them out by."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.records import Classified
from schemas.tables.route import ROUTE_ATTACHMENTS
from workers.bulk import insert_rows

_NEWEST = (
    "(attachment_id) DO UPDATE SET complaint_id = excluded.complaint_id, revision = excluded.revision, "
    "case_id = excluded.case_id, state = excluded.state, "
    "size_bytes = excluded.size_bytes, object_key = excluded.object_key "
    "WHERE route_attachments.revision < excluded.revision"
)


async def keep_places(connection: AsyncConnection, complaints: Iterable[Classified]) -> None:
    """Write down the attachments of a batch; an older revision that comes late changes nothing."""
    newest: dict[UUID, dict[str, Any]] = {}
    for complaint in complaints:
        for row in _rows(complaint):
            known = newest.get(row["attachment_id"])
            if known is None or known["revision"] < row["revision"]:
                newest[row["attachment_id"]] = row
    await insert_rows(connection, ROUTE_ATTACHMENTS, list(newest.values()), on_conflict=_NEWEST)


def _rows(complaint: Classified) -> Iterable[dict[str, Any]]:
    for one in complaint.attachments:
        yield {
            "attachment_id": one.attachment_id,
            "complaint_id": complaint.complaint_id,
            "revision": complaint.revision,
            "case_id": complaint.case_id,
            "state": one.state,
            "size_bytes": one.size_bytes,
            "object_key": one.object_key,
        }
