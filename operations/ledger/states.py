"""The one state of everything that was stored, as SQL: who is missing, waits, is given up, or has come to its end.

What no stage has left to do for, and nobody else either, is done; the order of the cases below is the definition.
"""

from sqlalchemy import text

from operations.ledger.model import State
from schemas.outcomes import Outcome
from schemas.tables.auditor import Kind
from schemas.task import TaskKind

PREPARATION = "CREATE TEMP TABLE cut_reads (stage text, topic smallint, rank int) ON COMMIT DROP"

READS = text(
    "INSERT INTO cut_reads SELECT stage, topic, rank FROM unnest(CAST(:stages AS text[]), CAST(:names AS text[]), "
    "CAST(:ranks AS int[])) AS g(stage, name, rank) JOIN ledger_topics USING (name)"
)

BEHIND = text(
    "CREATE TEMP TABLE behind ON COMMIT DROP AS SELECT subject, min(rank) AS rank FROM ("
    "SELECT unnest(CASE WHEN r.topic = ANY(CAST(:raw AS smallint[])) THEN coalesce(r.items, ARRAY[r.subject]) "
    "ELSE ARRAY[r.subject] END) AS subject, s.rank FROM ledger_records r JOIN cut_reads s USING (topic) "
    'LEFT JOIN cut_passed c ON c.stage = s.stage AND c.topic = r.topic AND c."partition" = r."partition" '
    f'WHERE r."offset" >= coalesce(c.passed, 0) AND r.kind IN ({Kind.RECORD:d}, {Kind.REPLAY:d}) '
    "AND r.subject IS NOT NULL) b GROUP BY subject"
)
"""The first stage, in the order a complaint meets them, that has not come to a record of the item."""

ITEMS = text(
    "CREATE TEMP TABLE items ON COMMIT DROP AS SELECT subject, min(at) AS first_at, "
    "bool_or(topic = ANY(CAST(:received AS smallint[]))) AS received, "
    "bool_or(topic = ANY(CAST(:acknowledged AS smallint[]))) AS acknowledged, "
    f"max(at) FILTER (WHERE topic = ANY(CAST(:suspended AS smallint[])) AND kind = {Kind.RECORD:d}) AS suspended_at, "
    f"max(at) FILTER (WHERE kind IN ({Kind.REPLAYED:d}, {Kind.DISCARDED:d})) AS ended_at FROM ("
    "SELECT subject, at, topic, kind FROM ledger_records WHERE topic = ANY(CAST(:received AS smallint[]) || "
    "CAST(:suspended AS smallint[]) || CAST(:acknowledged AS smallint[])) AND subject IS NOT NULL "
    "UNION ALL SELECT unnest(items), at, topic, kind FROM ledger_records WHERE topic = ANY(CAST(:raw AS smallint[]))"
    ") s GROUP BY subject"
)
"""Everything that was stored: what deliveries name, and what lies there read or suspended."""

LETTERS = text(
    "CREATE TEMP TABLE lettered ON COMMIT DROP AS SELECT DISTINCT unnest(CASE WHEN r.topic = "
    "ANY(CAST(:raw AS smallint[])) THEN coalesce(r.items, ARRAY[r.subject]) ELSE ARRAY[r.subject] END) AS subject "
    'FROM letters l JOIN ledger_records r USING (topic, "partition", "offset") '
    "WHERE NOT l.replayed AND NOT l.discarded AND r.subject IS NOT NULL"
)

JUDGED = text(
    "CREATE TEMP TABLE judged ON COMMIT DROP AS SELECT i.subject, i.first_at, CASE "
    f"WHEN m.subject IS NOT NULL THEN '{State.MISSING}' "
    f"WHEN l.subject IS NOT NULL THEN '{State.DEAD_LETTER}' "
    "WHEN NOT i.received AND i.suspended_at IS NOT NULL THEN "
    f"CASE WHEN i.ended_at >= i.suspended_at THEN '{State.DONE}' ELSE '{State.SUSPENDED}' END "
    f"WHEN s.stage = ANY(CAST(:stopped AS text[])) THEN '{State.FOR_A_PERSON}' "
    f"WHEN s.stage IS NOT NULL OR NOT i.received THEN '{State.IN_FLIGHT}' "
    "WHEN k.decision->>'outcome' IN ('"
    f"{Outcome.BY_PERSON}', '{Outcome.UNREACHABLE}') AND NOT EXISTS (SELECT 1 FROM tasks d "
    f"WHERE d.complaint_id = i.subject AND d.done_by IS NOT NULL AND d.kind IN ('{TaskKind.UNACKNOWLEDGED}', "
    f"'{TaskKind.UNKNOWN_DELIVERY}', '{TaskKind.PLATFORM_ENTRY}')) THEN '{State.FOR_A_PERSON}' "
    f"WHEN i.acknowledged THEN '{State.DONE}' "
    f"WHEN t.state = 'unknown' AND t.outcome IS NULL THEN '{State.FOR_A_PERSON}' "
    f"ELSE '{State.IN_FLIGHT}' END AS state, "
    "coalesce(s.stage, CASE WHEN NOT i.received THEN 'republisher' WHEN g.outbox_id IS NOT NULL THEN 'sender' "
    "ELSE 'sweeper' END) AS waits_for "
    "FROM items i LEFT JOIN (SELECT DISTINCT subject FROM found_missing) m USING (subject) "
    "LEFT JOIN lettered l USING (subject) LEFT JOIN behind b USING (subject) "
    "LEFT JOIN (SELECT DISTINCT rank, stage FROM cut_reads) s USING (rank) "
    "LEFT JOIN confirm_decisions k ON k.complaint_id = i.subject "
    "LEFT JOIN acknowledgements g ON g.complaint_id = i.subject "
    "LEFT JOIN outbox_attempts t ON t.outbox_id = g.outbox_id"
)

COUNTS = text("SELECT state, count(*) AS count, min(first_at) AS oldest FROM judged GROUP BY state")
WAITING = text(
    "SELECT waits_for, count(*) AS count, min(first_at) AS oldest FROM judged "
    f"WHERE state = '{State.IN_FLIGHT}' GROUP BY waits_for ORDER BY oldest"
)
