"""Codes that were made: kept with their place, listed, revoked."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.web.errors import FieldError, InvalidFields
from gateway.pages.place import place_code
from schemas.base import storable
from schemas.errors import InvalidRequest
from schemas.policy.organisation import Place, Resolver, Unresolved
from schemas.tables.staff import QR_CODES
from schemas.tokens import TokenKeys

_MAX_CHARS = 60
"""Of a store, counter or shelf: more would make a code too fine to scan."""
_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Code:
    """One code. `url` is what it says."""

    code_id: str
    store: str
    counter: str | None
    shelf: str | None
    url: str
    made_at: datetime
    revoked_at: datetime | None = None

    @property
    def where(self) -> str:
        """Counter and shelf, as people read it; empty for the whole store."""
        return " · ".join(part for part in (self.counter, self.shelf) if part)


def made(
    keys: TokenKeys,
    public_url: str,
    now: datetime,
    store: str,
    counter: str = "",
    shelf: str = "",
    places: Resolver | None = None,
) -> Code:
    """Make a code with an id of its own. Raises `InvalidRequest` for a place without store or with a long name.

    With `places` the code names store and counter as the organisation file does; one that is not there is refused.
    """
    if places is not None and store.strip():
        store, counter = known_place(places, store, counter, now)
    names = [storable(one).strip() for one in (store, counter, shelf)]
    if not names[0]:
        raise InvalidRequest("store: name it")
    if any(len(name) > _MAX_CHARS for name in names):
        raise InvalidRequest(f"store, counter, shelf: at most {_MAX_CHARS} characters each")
    code_id = secrets.token_hex(5)
    place = {"store": names[0], "counter": " · ".join(name for name in names[1:] if name)}
    url = f"{public_url.rstrip('/')}/q/{place_code(keys, place, code_id)}"
    return Code(code_id, names[0], names[1] or None, names[2] or None, url, now)


def known_place(places: Resolver, store: str, counter: str, now: datetime) -> tuple[str, str]:
    """Store and counter by their official names; by code where two stores share a name.

    Raises `InvalidFields` for a place that the organisation file does not know today.
    """
    found = places.resolve(store, counter, now)
    if not isinstance(found, Place) or found.how == "near":
        maybe = found.candidates if isinstance(found, Unresolved) else (found.code,) if found else ()
        near = f"; did you mean {', '.join(maybe)}?" if maybe else ""
        raise InvalidFields([FieldError(("store",), "unknown", f"not in the organisation file today{near}")])
    if found.counter_unknown:
        raise InvalidFields([FieldError(("counter",), "unknown", f"{found.code} has no such counter")])
    again = places.resolve(found.name, None, now)
    unique = isinstance(again, Place) and again.code == found.code
    return (found.name if unique else found.code), (found.counter or counter)


async def keep(connection: AsyncConnection, codes: Sequence[Code], made_by: UUID | None) -> None:
    """Keep what was made. `made_by` is None at the command line."""
    rows = [
        {
            "code_id": one.code_id,
            "store": one.store,
            "counter": one.counter,
            "shelf": one.shelf,
            "url": one.url,
            "made_at": one.made_at,
            "made_by": made_by,
        }
        for one in codes
    ]
    await connection.execute(insert(QR_CODES), rows)


async def listed(connection: AsyncConnection, code_ids: Sequence[str] | None = None) -> list[Code]:
    """The codes, newest first; only those with these ids, if given."""
    query = select(QR_CODES).order_by(QR_CODES.c.made_at.desc(), QR_CODES.c.code_id).limit(_SHOWN)
    if code_ids is not None:
        query = query.where(QR_CODES.c.code_id.in_(list(code_ids)))
    return [_code(row) for row in await connection.execute(query)]


async def revoke(connection: AsyncConnection, code_id: str, now: datetime) -> Code:
    """Revoke a code for good; again changes nothing. Raises `InvalidRequest` for an unknown id."""
    changed = (
        update(QR_CODES)
        .where(QR_CODES.c.code_id == code_id)
        .values(revoked_at=func.coalesce(QR_CODES.c.revoked_at, now))
        .returning(QR_CODES)
    )
    row = (await connection.execute(changed)).first()
    if row is None:
        raise InvalidRequest(f"no code {code_id}; see `intake qr list`")
    return _code(row)


def _code(row: Row[Any]) -> Code:
    return Code(row.code_id, row.store, row.counter, row.shelf, row.url, row.made_at, row.revoked_at)
