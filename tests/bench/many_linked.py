"""A database of as many complaints as wanted: a simulated stream is linked, then multiplied inside PostgreSQL."""

from collections.abc import Iterable, Mapping

import psycopg
from psycopg import sql
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.linking import link_lines, sample_stage
from deploy.settings import load_settings
from operations.assembly import pack_of
from schemas.commands import LinkLine
from schemas.complaint import Complaint
from schemas.tables.deduplicate import CASE_MEMBERS, COMPLAINT_PRINTS, LINK_KEYS, PERSON_IDENTIFIERS, PERSONS

_ENDS_SHARED_BY_ONE_IN = 200
"""First three and last four digits of a mobile number: 400,000 combinations, so that 2.5 of a million share one."""
_LOOSE_SHARED_BY_ONE_IN = 50
"""A batch, or a product in one store in one week: tens of complaints where a million were stored."""
_COPIED: Mapping[Table, Mapping[str, str]] = {
    CASE_MEMBERS: {
        "complaint_id": "md5(complaint_id::text || copy)::uuid",
        "case_id": "md5(case_id::text || copy)::uuid",
        "tracking_number": "md5(tracking_number || copy)",
        "received_at": "received_at - copy % 400 * interval '1 day'",
    },
    COMPLAINT_PRINTS: {
        "complaint_id": "md5(complaint_id::text || copy)::uuid",
        "received_at": "received_at - copy % 400 * interval '1 day'",
    },
    PERSONS: {"person_id": "md5(person_id::text || copy)::uuid"},
    PERSON_IDENTIFIERS: {"key": "md5(key || copy)", "person_id": "md5(person_id::text || copy)::uuid"},
    LINK_KEYS: {
        "key": "CASE WHEN one_in IS NULL THEN md5(t.key || copy) WHEN copy % one_in = 0 THEN t.key "
        "ELSE md5(t.key || copy % one_in) END",
        "received_at": "received_at - copy % 400 * interval '1 day'",
        "complaint_id": "md5(complaint_id::text || copy)::uuid",
    },
}
"""Table → what is another value in a copy; every other column stays."""


async def link_all(engine: AsyncEngine, lines: Iterable[LinkLine]) -> None:
    """Link the lines as the product would."""
    settings = load_settings()
    async for _ in link_lines(engine, settings, pack_of(settings), lines):
        pass


def multiply(url: str, copies: int, complaints: Iterable[Complaint]) -> None:
    """Add so many copies of everything stored. Copies have people, orders and cases of their own.

    What many share in life is shared by as many copies: the ends of telephones, batches, products in one store.
    `complaints` are those that were linked. Indexes are made anew afterwards and nothing is logged: it is quick.
    """
    printer = sample_stage(load_settings(), pack_of(load_settings())).printer
    shared: dict[str, int] = {}
    for complaint in complaints:
        prints = printer.take(complaint)
        ends = (key for key in prints.identity.registered() if key.startswith(("full ", "masked ")))
        shared |= dict.fromkeys(ends, _ENDS_SHARED_BY_ONE_IN)
        shared |= dict.fromkeys(prints.loose, _LOOSE_SHARED_BY_ONE_IN)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE shared (key text PRIMARY KEY, one_in int)")
        with connection.cursor() as cursor, cursor.copy("COPY shared FROM STDIN") as copy:
            for row in shared.items():
                copy.write_row(row)
        for table, changed in _COPIED.items():
            _multiply(connection, table, changed, copies)
        connection.execute("VACUUM (ANALYZE)")


def _multiply(connection: psycopg.Connection, table: Table, changed: Mapping[str, str], copies: int) -> None:
    name = sql.Identifier(table.name)
    constraints = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = %s::regclass AND contype IN ('p', 'u')",
        (table.name,),
    ).fetchall()
    for constraint, _ in constraints:
        connection.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(name, sql.Identifier(constraint)))
    connection.execute(sql.SQL("ALTER TABLE {} SET UNLOGGED").format(name))
    columns = [column.name for column in table.columns]
    values = [
        sql.SQL(changed[one]) if one in changed else sql.SQL("t.{}").format(sql.Identifier(one)) for one in columns
    ]
    connection.execute(
        sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t {shared} "
            "CROSS JOIN generate_series(1, {copies}) AS copy"
        ).format(
            table=name,
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            values=sql.SQL(", ").join(values),
            shared=sql.SQL("LEFT JOIN shared ON shared.key = t.key" if table is LINK_KEYS else ""),
            copies=sql.Literal(copies),
        )
    )
    for constraint, definition in constraints:
        connection.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(name, sql.Identifier(constraint), sql.SQL(definition))
        )
