"""Where a sender was before: the store of the QR code scanned or menu key pressed shortly before writing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.identity import recipient_key
from schemas.records import Classified

WITHIN = timedelta(minutes=30)
"""Who scans a code in a store and writes later than this may be writing about something else."""
_SKEW = timedelta(minutes=1)
"""The vendor's clock, which a scan is dated by, may be ahead of ours."""
_VISITS = text(
    "SELECT v.channel, v.account, v.recipient_key, v.place, v.at FROM visited_places v "
    "JOIN unnest(CAST(:channels AS text[]), CAST(:accounts AS text[]), CAST(:keys AS text[])) "
    "AS wanted(channel, account, recipient_key) USING (channel, account, recipient_key)"
)
_Visitor = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Visits:
    """Looks visits up by the pseudonym that signals carry."""

    pseudonym_key: bytes

    async def recall(self, connection: AsyncConnection, complaints: Sequence[Classified]) -> list[str | None]:
        """The place of each complaint that states none; one statement, and none where nobody could have scanned."""
        visitors = [self._visitor(one) for one in complaints]
        wanted = [one for one in set(visitors) if one is not None]
        if not wanted:
            return [None] * len(complaints)
        arguments = {
            "channels": [one[0] for one in wanted],
            "accounts": [one[1] for one in wanted],
            "keys": [one[2] for one in wanted],
        }
        rows = await connection.execute(_VISITS, arguments)
        seen = {(row.channel, row.account, row.recipient_key): row for row in rows}
        return [
            row.place if row is not None and -_SKEW <= complaint.received_at - row.at <= WITHIN else None
            for complaint, visitor in zip(complaints, visitors, strict=True)
            for row in [seen.get(visitor) if visitor is not None else None]
        ]

    def _visitor(self, complaint: Classified) -> _Visitor | None:
        openid = complaint.sender.openid if complaint.sender is not None else None
        if openid is None or complaint.stated.store is not None:
            return None
        return complaint.channel, complaint.account, recipient_key(self.pseudonym_key, openid)
