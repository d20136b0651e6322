"""What stands in PostgreSQL beside an index of many complaints: each stage's rows for them, as a retail chain has them.

Everything is made by the database itself out of `complaint_index`, so that all of it holds together. Half of the
departments never report what they did, which leaves their cases open for ever: the hardest case for the clocks.
"""
# ruff: noqa: S608 - statements of our own, put together from our own words

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

DEPARTMENTS = 200
PILED = 20_000
"""Open suspended deliveries, and as many open dead letters."""
_TASKS, _REVIEWS, _AUDITED = 20_000, 5_000, 200_000
_LEDGER_DAYS = 14
_ON = ("complaints.received", "complaints.deduplicated", "complaints.classified", "complaints.outbox-results",
       "complaints.acknowledged")  # fmt: skip
_UNDER_WAY = "received_at > now() - interval '1 hour'"
_OFF_THE_LOG = "received_at < now() - interval '5 days'"
"""No page of a complaint that is asked for looks for records of these."""
_DEPARTMENT = f"'d' || abs(hashtext(case_id::text)) % {DEPARTMENTS}"
_REPORTS = f"abs(hashtext(case_id::text)) % {DEPARTMENTS} < {DEPARTMENTS // 2}"
_OUTBOX_ID = "md5('outbox' || complaint_id)::uuid"
_DELIVERY = "md5('delivery' || complaint_id)::uuid"
_WORDS = (
    "'您好，您的投诉我们已经收到，编号 ' || tracking_number || '。我们理解您反映的是商品质量问题，将在三天内答复您。"
    "如需补充照片或说明，请直接回复本消息，或打开链接查看进度。'"
)
_WAYS = (
    "jsonb_build_array(jsonb_build_object('channel', 'email', 'account', '', "
    "'address', 'c' || md5(case_id::text) || '@example.com'))"
)
ROWS: dict[str, str] = {
    "promises": f"SELECT complaint_id, 'complaint', 'open', tracking_number, channel, account, received_at, "
    f"received_at + interval '1 day', abs(hashtext(complaint_id::text)) % 50 = 0, false, false, 'email', {_WAYS}, "
    "'zh', null, null, '[]'::jsonb, null, received_at + interval '1 second' FROM complaint_index ORDER BY received_at",
    "cases": "SELECT case_id, complaint_id, received_at, 1 FROM complaint_index ORDER BY received_at",
    "case_members": "SELECT complaint_id, case_id, 1, tracking_number, "
    "CASE WHEN abs(hashtext(complaint_id::text)) % 50 = 1 THEN 'suspected' ELSE 'new' END, null, account, received_at, "
    "false, false FROM complaint_index ORDER BY received_at",
    "acknowledgements": f"SELECT complaint_id, case_id, tracking_number, channel, received_at, null, 'new', "
    f"{_OUTBOX_ID}, 'stage', received_at + interval '2 seconds' FROM complaint_index "
    f"WHERE NOT ({_UNDER_WAY}) ORDER BY received_at",
    "outbox": f"SELECT {_OUTBOX_ID}, 'acknowledgement', complaint_id, case_id, tracking_number, channel, received_at, "
    f"false, 'email', account, {_WAYS}, '您的投诉已收到', {_WORDS}, 'zh', null, '[]'::jsonb, null, md5(case_id::text), "
    "null, received_at + interval '2 seconds', received_at + interval '20 hours', received_at + interval '3 days', "
    f"received_at + interval '2 seconds' FROM complaint_index WHERE NOT ({_UNDER_WAY}) ORDER BY received_at",
    "outbox_attempts": f"SELECT {_OUTBOX_ID}, CASE WHEN h < 5 THEN 'unknown' WHEN h < 10 THEN 'retry' "
    "WHEN h < 30 THEN 'refused' ELSE 'sent' END, null::text, null::timestamptz, CASE WHEN h < 10 THEN 4 ELSE 1 END, 0, "
    "received_at + interval '2 seconds', null, CASE WHEN h < 10 THEN 'ChannelUnavailable' END, "
    "received_at + interval '3 seconds', CASE WHEN h < 10 THEN null WHEN h < 30 THEN 'unreachable' ELSE 'sent' END, "
    "'sent', CASE WHEN h < 10 THEN null ELSE received_at + interval '3 seconds' END, "
    "CASE WHEN h < 10 THEN null ELSE received_at + interval '4 seconds' END FROM (SELECT *, CASE WHEN received_at > "
    "now() - interval '7 days' THEN abs(hashtext(complaint_id::text)) % 1000 ELSE 10 + "
    f"abs(hashtext(complaint_id::text)) % 990 END AS h FROM complaint_index "
    f"WHERE NOT ({_UNDER_WAY})) AS c ORDER BY received_at",
    "case_states": f"SELECT case_id, {_DEPARTMENT}, CASE WHEN {_REPORTS} AND received_at < now() - interval '3 days' "
    "THEN 'answered' ELSE 'routed' END, received_at + interval '1 hour', received_at + interval '2 seconds', "
    f"received_at + interval '4 hours', CASE WHEN {_REPORTS} AND received_at < now() - interval '3 hours' THEN "
    f"received_at + interval '1 hour' END, CASE WHEN {_REPORTS} AND received_at < now() - interval '3 days' THEN "
    f"received_at + interval '2 days' END, CASE WHEN {_REPORTS} AND received_at < now() - interval '10 days' THEN "
    "received_at + interval '9 days' END, null::timestamptz, 0, null::boolean, 1 "
    "FROM complaint_index ORDER BY received_at",
    "tasks": "SELECT md5('task' || complaint_id)::uuid, (ARRAY['callback', 'unacknowledged', 'unknown-delivery', "
    "'listen'])[1 + abs(hashtext(complaint_id::text)) % 4], CASE WHEN row_number() OVER (ORDER BY received_at DESC) <= "
    f"{_TASKS} THEN 'open' ELSE 'done' END, complaint_id, case_id, tracking_number, channel, {_DEPARTMENT}, false, "
    "received_at, received_at + interval '20 hours', null, null::timestamptz, null, null, 'nobody answers', true, 1 "
    "FROM complaint_index WHERE abs(hashtext(complaint_id::text)) % 4 = 0",
    "reviews": "SELECT complaint_id, case_id, tracking_number, channel, received_at, received_at, 1, 1, true, "
    """'["uncertain"]'::jsonb, '{"kind": "complaint", "primary": "quality", "safety": false}'::jsonb, 3, 0.5, 0.1, """
    "'quality', false, 'default', 'm', CASE WHEN row_number() OVER (ORDER BY received_at DESC) <= "
    f"{_REVIEWS} THEN 'open' ELSE 'unasked' END, 'uncertain', received_at, null, null, null, null, null, "
    "null::timestamptz, '[]'::jsonb, null::jsonb, 1 FROM complaint_index",
    "confirm_decisions": "SELECT complaint_id, 0, 'complaints.outbox-results.v1', 0, "
    "row_number() OVER (ORDER BY received_at), '{\"outcome\": \"sent\"}'::jsonb, received_at + interval '4 seconds' "
    f"FROM complaint_index WHERE {_OFF_THE_LOG}",
    "route_decisions": "SELECT complaint_id, 1, 'complaints.classified.v1', 0, "
    "row_number() OVER (ORDER BY received_at), jsonb_build_object('clocks', clocks), "
    f"received_at + interval '2 seconds' FROM complaint_index WHERE {_OFF_THE_LOG}",
    "archived_deliveries": f"SELECT {_DELIVERY}, 'deliveries/' || complaint_id, md5(complaint_id::text), 900, channel, "
    "received_at, jsonb_build_array(complaint_id), '[]'::jsonb, account, null "
    "FROM complaint_index ORDER BY received_at",
}
"""Table → its rows, columns in the order of the table; those after the last one have their defaults."""
_LEDGER = (
    "INSERT INTO ledger_records SELECT topic, 0, row_number() OVER (PARTITION BY topic ORDER BY received_at), "
    "{subject}, 1, 0, received_at + interval '1 second', {items} FROM complaint_index "
    f"JOIN ledger_topics ON name = {{name}} WHERE received_at > now() - interval '{_LEDGER_DAYS} days' "
    "ORDER BY received_at"
)
_SUSPENDED = (
    "INSERT INTO promises SELECT md5('suspended' || n)::uuid, 'suspended', 'open', 'S-' || n, 'web', 'web', "
    "now() - n * interval '1 minute', now() - n * interval '1 minute' + interval '1 day', false, true, false, 'email', "
    "'[]', null, null, null, '[]', null, now() - n * interval '1 minute' FROM generate_series(1, {piled}) AS n"
)
_TOLD = (
    "INSERT INTO acknowledgements SELECT subject_id, subject_id, tracking_number, channel, received_at, 'not-wanted', "
    "'sweeper', null, 'sweeper', received_at + interval '20 hours', received_at + interval '20 hours' FROM promises "
    "WHERE kind = 'suspended' AND received_at < now() - interval '20 hours'"
)
_LETTERS = (
    "INSERT INTO ledger_letters SELECT md5('letter' || n)::uuid, 0, 'classify', 'complaints.deduplicated.v1', 0, n, "
    "null, now() - n * interval '1 minute' FROM generate_series(1, {piled}) AS n"
)
_LOOKS = (
    "INSERT INTO audit_log (at, account_id, \"by\", action, object_ids) SELECT received_at, null, 'clerk', "
    "'complaint.see', jsonb_build_array(complaint_id) FROM complaint_index ORDER BY received_at LIMIT {audited}"
)


def surround(url: str, prefix: str) -> None:
    """Fill every other table. `prefix`: of the topics the ledger names. Nothing is logged: it is quick."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET work_mem = '256MB'")
        connection.execute("SET maintenance_work_mem = '512MB'")
        for table, rows in ROWS.items():
            with _bare(connection, table):
                connection.execute(sql.SQL("INSERT INTO {} {}").format(sql.Identifier(table), sql.SQL(rows)))
        _ledger(connection, prefix)
        for statement in (_SUSPENDED, _TOLD, _LETTERS, _LOOKS):
            connection.execute(statement.format(piled=PILED, audited=_AUDITED))
        connection.execute("VACUUM (ANALYZE)")


def _ledger(connection: psycopg.Connection, prefix: str) -> None:
    """A record of each complaint of the last days on every topic it passes."""
    departments = [f"departments.d{number}" for number in range(DEPARTMENTS)]
    names = [f"{prefix}.{one}.v1" for one in (*_ON, *departments, "deliveries.raw", "complaints.suspended")]
    connection.execute("INSERT INTO ledger_topics (name) SELECT unnest(%s::text[])", (names,))
    with _bare(connection, "ledger_records"):
        for topic in (*_ON, "departments."):
            name = (
                f"'{prefix}.{topic}' || {_DEPARTMENT} || '.v1'" if topic == "departments." else f"'{prefix}.{topic}.v1'"
            )
            connection.execute(_LEDGER.format(subject="complaint_id", items="null::uuid[]", name=name))
        raw = _LEDGER.format(subject=_DELIVERY, items="ARRAY[complaint_id]", name=f"'{prefix}.deliveries.raw.v1'")
        connection.execute(raw)


@contextmanager
def _bare(connection: psycopg.Connection, table: str) -> Iterator[None]:
    """Take the indexes of a table away, and put them back when it is full."""
    constraints = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = %s::regclass AND contype IN ('p', 'u')",
        (table,),
    ).fetchall()
    name = sql.Identifier(table)
    for constraint, _ in constraints:
        connection.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(name, sql.Identifier(constraint)))
    indexes = connection.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", (table,)).fetchall()
    for index, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(index)))
    connection.execute(sql.SQL("ALTER TABLE {} SET UNLOGGED").format(name))
    yield
    for constraint, definition in constraints:
        connection.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(name, sql.Identifier(constraint), sql.SQL(definition))
        )
    for _, definition in indexes:
        connection.execute(definition)
