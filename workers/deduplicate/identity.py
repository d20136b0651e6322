"""The identity table: reading the persons of a batch under their locks, and writing what the batch learned."""

from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.policy.linking import Linking
from schemas.tables.deduplicate import PERSON_IDENTIFIERS, PERSON_MERGES, PERSONS
from workers.bulk import insert_rows
from workers.deduplicate.persons import KnownIdentifier, Persons
from workers.runtime.failures import Contended

_LEADS_TO = text("SELECT key, person_id FROM person_identifiers WHERE key = ANY(CAST(:keys AS text[]))")
_LOCK_PERSONS = text(
    "SELECT person_id FROM persons WHERE person_id = ANY(CAST(:persons AS uuid[])) ORDER BY person_id FOR UPDATE"
)
_OF_PERSONS = text(
    "SELECT key, person_id, kind, via, proven, complaints, shared, partners FROM person_identifiers "
    "WHERE person_id = ANY(CAST(:persons AS uuid[]))"
)
_PARTED = text(
    "SELECT from_person, to_person FROM person_merges WHERE kind = 'parted' "
    "AND from_person = ANY(CAST(:persons AS uuid[])) AND to_person = ANY(CAST(:persons AS uuid[]))"
)
_NEW_STATE = (
    "(key) DO UPDATE SET person_id = excluded.person_id, via = excluded.via, proven = excluded.proven, "
    "complaints = excluded.complaints, shared = excluded.shared, partners = excluded.partners"
)


async def meet(connection: AsyncConnection, linking: Linking, keys: Sequence[str]) -> Persons:
    """Lock the persons these identifiers lead to, in the order of their ids, and read all that is theirs.

    Call under the locks of the keys. Raises `Contended` when another worker gave a key to somebody else meanwhile:
    locking that person now would break the order of locks.
    """
    if not keys:
        return Persons(linking)
    before = {row.key: row.person_id for row in await connection.execute(_LEADS_TO, {"keys": keys})}
    if not before:
        return Persons(linking)
    persons = sorted(set(before.values()))
    await connection.execute(_LOCK_PERSONS, {"persons": persons})
    known = [KnownIdentifier(*row) for row in await connection.execute(_OF_PERSONS, {"persons": persons})]
    now = {one.key: one.person_id for one in known}
    if any(now.get(key) != person for key, person in before.items()):
        raise Contended
    if len(persons) == 1:
        return Persons(linking, known)
    parted = await connection.execute(_PARTED, {"persons": persons})
    return Persons(linking, known, (frozenset((row.from_person, row.to_person)) for row in parted))


async def write(connection: AsyncConnection, persons: Persons, at: Iterable[object]) -> None:
    """Write what the batch learned. `at` are the times of receipt of its complaints."""
    noted_at = max(at, default=None)  # type: ignore[type-var]
    await insert_rows(
        connection, PERSONS, [{"person_id": one, "noted_at": noted_at} for one in sorted(set(persons.created))]
    )
    await insert_rows(
        connection,
        PERSON_IDENTIFIERS,
        [
            {
                "key": one.key,
                "person_id": one.person_id,
                "kind": one.kind,
                "via": one.via,
                "proven": one.proven,
                "complaints": one.complaints,
                "shared": one.shared,
                "partners": one.partners,
            }
            for one in (persons[key] for key in sorted(persons.changed))
        ],
        on_conflict=_NEW_STATE,
    )
    await insert_rows(
        connection,
        PERSON_MERGES,
        [
            {
                "complaint_id": one.complaint_id,
                "kind": one.kind,
                "from_person": one.from_person,
                "to_person": one.to_person,
                "keys": list(one.keys),
                "noted_at": noted_at,
            }
            for one in persons.moves
        ],
    )
