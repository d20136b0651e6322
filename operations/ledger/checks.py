"""What is owed to each place and what is found there, as SQL: the whole of the judgement on missing and twice.

Forward: a record that a stage has passed must have led to what the stage makes. Backward: what lies at a place must
have come from the place before. Both are asked of sets, so the cost does not depend on how much is missing.

Parameters: each place's name (with `_`) is the list of its topics in the ledger; `settled`: what is older has had its
time to be published again; `cut_at`: the beginning of the cut; `since`: older rows of tables may be without records.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from operations.ledger import places
from operations.ledger.places import Place
from operations.ledger.tables import SUSPENDED_TOPIC
from schemas.tables.auditor import Kind

_PLAIN = f"r.kind = {Kind.RECORD:d}"
_ANY = f"r.kind IN ({Kind.RECORD:d}, {Kind.COPY:d})"
_SETTLED = "r.at < :settled"


@dataclass(frozen=True, slots=True)
class Check:
    """`owed` gives (subject, revision, detail); where `found` has none of the same `keys`, it is missing at the place.

    The names of `keys` are columns of both.
    """

    place: Place
    owed: str
    found: str
    keys: tuple[str, ...] = ("subject",)

    @property
    def statement(self) -> str:
        """The insertion of what is missing into `found_missing`."""
        same = " AND ".join(f"f.{key} = o.{key}" for key in self.keys)
        return (
            f"INSERT INTO found_missing SELECT '{self.place.name}', o.subject, o.revision, min(o.detail) "
            f"FROM ({self.owed}) o WHERE NOT EXISTS (SELECT 1 FROM ({self.found}) f WHERE {same}) "
            "GROUP BY o.subject, o.revision"
        )


def _in(place: str) -> str:
    return f"r.topic = ANY(CAST(:{place.replace('-', '_')} AS smallint[])) AND r.subject IS NOT NULL"


def _rows(place: str, which: str = _PLAIN, columns: str = "r.subject, r.revision") -> str:
    """All ledger rows of a place."""
    return f"SELECT {columns} FROM ledger_records r WHERE {_in(place)} AND {which}"


def _before(
    place: str, which: str = _PLAIN, subject: str = "r.subject", revision: str = "r.revision", more: str = ""
) -> str:
    """The rows of a place that lay there when the cut began: what they came from is in the ledger by now."""
    return (
        f"SELECT {subject} AS subject, CAST({revision} AS int) AS revision{more}, "
        f"'there is {place} ' || r.\"partition\" || '@' || r.\"offset\" AS detail "
        'FROM ledger_records r JOIN cut_noted n ON n.topic = r.topic AND n."partition" = r."partition" '
        f'AND r."offset" < n.before WHERE {_in(place)} AND {which}'
    )


def _passed(stage: str, place: str, subject: str = "r.subject", more: str = "", join: str = "") -> str:
    """The rows of a place that the stage has passed, without those that ended as dead letters."""
    return (
        f"SELECT {subject} AS subject, CAST(r.revision AS int) AS revision{more}, "
        f"'{stage} has passed {place} ' || r.\"partition\" || '@' || r.\"offset\" AS detail "
        f"FROM ledger_records r JOIN cut_passed c ON c.stage = '{stage}' AND c.topic = r.topic "
        f'AND c."partition" = r."partition" AND r."offset" < c.passed {join} WHERE {_in(place)} AND {_PLAIN} '
        f"AND NOT EXISTS (SELECT 1 FROM given_up g WHERE g.stage = '{stage}' AND g.topic = r.topic "
        'AND g."partition" = r."partition" AND g."offset" = r."offset")'
    )


def _any_of(*queries: str) -> str:
    return " UNION ALL ".join(queries)


def _decided(stage: str) -> str:
    table = places.DECISIONS[stage].where
    return f"SELECT complaint_id AS subject, revision FROM {table}"


_RECEIVED, _RAW, _RESULT, _ACKNOWLEDGED, _MESSAGE = (
    one.name for one in (places.RECEIVED, places.RAW, places.RESULT, places.ACKNOWLEDGED, places.MESSAGE)
)
_PUBLISHED = "JOIN outbox o USING (outbox_id) WHERE t.published_at >= :since AND t.published_at < :cut_at"
_BOTH = ("subject", "revision")
_DEDUPLICATED, _CLASSIFIED = places.DEDUPLICATED.name, places.CLASSIFIED.name
_ITEMS = "unnest(r.items)"
_ITEM_OR_DELIVERY = "unnest(coalesce(r.items, ARRAY[r.subject]))"
_ARCHIVED = "archived_deliveries a ON a.delivery_id = r.subject"
_ROUTED = "JOIN route_decisions d ON d.complaint_id = r.subject AND d.revision = r.revision"
_ALARMED = (
    "JOIN alarm_decisions d ON d.complaint_id = r.subject AND d.revision = r.revision "
    "AND jsonb_typeof(d.decision->'raised') = 'object' AND coalesce(d.decision->'raised'->>'sealed', 'false')"
)
_OF_ALARM = f"r.kind = {Kind.ALARM:d}"
_ITEM_TOPICS = _any_of(_rows(_RECEIVED), _rows(SUSPENDED_TOPIC))
_OF_ITEMS = f"SELECT subject FROM ({_ITEM_TOPICS}) i"
_TOLD = "CAST(d.decision->>'complaint_id' AS uuid)"


_REVISED = (
    "SELECT CAST(d.decision->'complaint'->>'complaint_id' AS uuid) AS subject, "
    "CAST(d.decision->'complaint'->>'revision' AS int) AS revision, "
    "'additions has passed ' || t.name || ' ' || r.\"partition\" || '@' || r.\"offset\" AS detail "
    "FROM additions_decisions d JOIN ledger_topics t ON t.name = d.topic JOIN ledger_records r ON r.topic = t.topic "
    'AND r."partition" = d."partition" AND r."offset" = d."offset" JOIN cut_passed c ON c.stage = \'additions\' '
    'AND c.topic = r.topic AND c."partition" = r."partition" AND r."offset" < c.passed '
    "WHERE jsonb_typeof(d.decision->'complaint') = 'object' AND NOT EXISTS (SELECT 1 FROM given_up g "
    'WHERE g.stage = \'additions\' AND g.topic = r.topic AND g."partition" = r."partition" '
    'AND g."offset" = r."offset")'
)
"""The revisions that the additions stage decided to write; the record that led to one may lie on either topic."""


def _receiving() -> Iterator[Check]:
    """From the delivery to the promise."""
    yield Check(
        places.RAW,
        _any_of(_before(_RECEIVED, f"{_PLAIN} AND {_SETTLED}"), _before(SUSPENDED_TOPIC, f"{_PLAIN} AND {_SETTLED}")),
        _rows(_RAW, columns=f"{_ITEMS} AS subject"),
    )
    yield Check(places.RECEIVED, _before(_RAW, f"{_PLAIN} AND {_SETTLED}", _ITEMS, "1"), _ITEM_TOPICS)
    replayed = f"r.kind = {Kind.REPLAYED:d} AND {_SETTLED}"
    yield Check(places.RECEIVED, _before(SUSPENDED_TOPIC, replayed, _ITEMS, "1"), _rows(_RECEIVED))
    yield Check(places.RECEIVED, _before(_DEDUPLICATED), _rows(_RECEIVED), _BOTH)
    yield Check(places.RECEIVED, _REVISED, _rows(_RECEIVED), _BOTH)
    promised = "SELECT subject_id AS subject, 1 AS revision, 'there is a promise' AS detail FROM promises "
    yield Check(places.RECEIVED, f"{promised} WHERE noted_at >= :since AND noted_at < :cut_at", _ITEM_TOPICS)
    came = _any_of(_passed("clock", _RECEIVED), _passed("clock", SUSPENDED_TOPIC))
    yield Check(places.PROMISE, came, "SELECT subject_id AS subject FROM promises")
    yield Check(places.DECISIONS["clock"], _passed("clock", _RECEIVED), _decided("clock"), _BOTH)
    yield Check(places.DECISIONS["alarm"], _passed("alarm", _RECEIVED), _decided("alarm"), _BOTH)
    for place, where, sealed in (
        (places.ALARM, places.ESCALATED.name, "false"),
        (places.SEALED_ALARM, places.SEALED_ALARM.name, "true"),
    ):
        owed = _passed("alarm", _RECEIVED, join=f"{_ALARMED} = '{sealed}'")
        yield Check(place, owed, _rows(where, _OF_ALARM, "r.subject"))


def _keeping() -> Iterator[Check]:
    """What must be kept of a delivery. Named are the items that were read from it."""
    delivery = ", r.subject AS delivery"
    archived = _passed("archive", _RAW, _ITEM_OR_DELIVERY, delivery)
    yield Check(places.ARCHIVED, archived, "SELECT delivery_id AS delivery FROM archived_deliveries", ("delivery",))
    decided = "SELECT complaint_id AS delivery FROM archive_decisions"
    yield Check(places.DECISIONS["archive"], archived, decided, ("delivery",))
    listed = "SELECT key FROM listed_objects"
    key = "a.object_key"
    envelope = "regexp_replace(a.object_key, '[^/]*$', 'envelope.json')"
    for place, where in ((places.RAW_OBJECT, key), (places.ENVELOPE, envelope)):
        owed = _passed("archive", _RAW, _ITEM_OR_DELIVERY, f", {where} AS key", f"JOIN {_ARCHIVED}")
        yield Check(place, owed, listed, ("key",))


def _working() -> Iterator[Check]:
    """From stage to stage."""
    came = _passed("deduplicate", _RECEIVED)
    yield Check(places.DEDUPLICATED, _any_of(came, _before(_CLASSIFIED)), _rows(_DEDUPLICATED), _BOTH)
    yield Check(places.DECISIONS["deduplicate"], came, _decided("deduplicate"), _BOTH)
    yield Check(places.MEMBER, came, "SELECT complaint_id AS subject FROM case_members")
    yield Check(places.DECISIONS["tasks"], _passed("tasks", _DEDUPLICATED), _decided("tasks"), _BOTH)
    behind = (_before(one.name, _ANY) for one in (places.ASSIGNMENT, places.ESCALATED, places.REVIEW))
    owed = _any_of(_passed("classify", _DEDUPLICATED), *behind)
    yield Check(places.CLASSIFIED, owed, _rows(_CLASSIFIED), _BOTH)


def _routing() -> Iterator[Check]:
    """What route decided is what lies on the topics."""
    came = _passed("route", _CLASSIFIED)
    yield Check(places.DECISIONS["route"], came, _decided("route"), _BOTH)
    yield Check(places.ASSIGNMENT, came, _rows(places.ASSIGNMENT.name), _BOTH)
    copies = "CROSS JOIN LATERAL jsonb_array_elements_text(d.decision->'copies') AS k(department)"
    owed = _passed("route", _CLASSIFIED, more=", k.department", join=f"{_ROUTED} {copies}")
    of_copies = (
        "SELECT r.subject, r.revision, t.department FROM ledger_records r JOIN cut_topics t USING (topic) "
        f"WHERE {_in(places.ASSIGNMENT.name)} AND r.kind = {Kind.COPY:d}"
    )
    yield Check(places.COPY, owed, of_copies, (*_BOTH, "department"))
    of_withdrawn = of_copies.replace(f"r.kind = {Kind.COPY:d}", f"r.kind = {Kind.WITHDRAWN:d}")
    yield Check(places.WITHDRAWN, _withdrawals(), of_withdrawn, (*_BOTH, "department"))
    raised = f"{_ROUTED} AND jsonb_array_length(d.decision->'raised') > 0"
    yield Check(places.ESCALATED, _passed("route", _CLASSIFIED, join=raised), _rows(places.ESCALATED.name), _BOTH)
    asked = f"{_ROUTED} AND d.decision->'review' = 'true'"
    yield Check(places.REVIEW, _passed("route", _CLASSIFIED, join=asked), _rows(places.REVIEW.name), _BOTH)


def _withdrawals() -> str:
    """What route decided to take back: in the case of the record, and in cases that a complaint has left."""
    from_case = f"{_ROUTED} AND jsonb_typeof(d.decision->'withdrawn') = 'string'"
    named = ", d.decision->>'withdrawn' AS department"
    gone = (
        "CROSS JOIN LATERAL jsonb_array_elements(coalesce(d.decision->'left', '[]')) AS k(place) "
        "CROSS JOIN LATERAL jsonb_array_elements_text(k.place->'departments') AS w(department)"
    )
    left = _passed(
        "route", _CLASSIFIED, "r.subject", ", w.department, k.place->>'revision' AS gone", f"{_ROUTED} {gone}"
    )
    as_left = f"SELECT subject, CAST(gone AS int) AS revision, department, detail FROM ({left}) AS l"
    return _any_of(_passed("route", _CLASSIFIED, more=named, join=from_case), as_left)


def _answering() -> Iterator[Check]:
    """From the duty to acknowledge to its one record."""
    came = _passed("acknowledge", _CLASSIFIED)
    yield Check(places.DECISIONS["acknowledge"], came, _decided("acknowledge"), _BOTH)
    written = "SELECT complaint_id, 1, 'there is a message' FROM outbox "
    written += "WHERE kind = 'acknowledgement' AND noted_at >= :since AND noted_at < :cut_at"
    guards = "SELECT complaint_id AS subject FROM acknowledgements"
    yield Check(places.GUARD, _any_of(came, _before(_RESULT), written), guards)
    owed = (
        "SELECT a.complaint_id AS subject, 1 AS revision, 'its guard row names a message' AS detail, a.outbox_id "
        "FROM acknowledgements a WHERE a.outbox_id IS NOT NULL "
        f"AND a.complaint_id IN ({_OF_ITEMS})"
    )
    told = (
        f"SELECT {_TOLD} AS subject, 1 AS revision, 'notify has put it there' AS detail, "
        "CAST(d.decision->>'outbox_id' AS uuid) AS outbox_id FROM notify_decisions d "
        f"WHERE d.decision->>'outbox_id' IS NOT NULL AND {_TOLD} IN ({_OF_ITEMS})"
    )
    yield Check(places.OUTBOX, _any_of(owed, told), "SELECT outbox_id FROM outbox", ("outbox_id",))
    said = "CROSS JOIN LATERAL jsonb_array_elements(d.decision->'results') AS k(result)"
    decided = f"JOIN acknowledge_decisions d ON d.complaint_id = r.subject AND d.revision = r.revision {said}"
    results = (
        _passed("acknowledge", _CLASSIFIED, "CAST(k.result->>'complaint_id' AS uuid)", join=decided),
        "SELECT complaint_id, 1, 'the sweeper has published it' FROM acknowledgements "
        "WHERE published_at >= :since AND published_at < :cut_at",
        "SELECT o.complaint_id, 1, 'the sender has published it' FROM outbox_attempts t "
        f"{_PUBLISHED} AND o.kind = 'acknowledgement'",
        _before(_ACKNOWLEDGED),
    )
    yield Check(places.RESULT, _any_of(*results), _rows(_RESULT))
    came = _passed("confirm", _RESULT)
    yield Check(places.ACKNOWLEDGED, came, _rows(_ACKNOWLEDGED))
    yield Check(places.DECISIONS["confirm"], came, "SELECT complaint_id AS subject FROM confirm_decisions")


def _telling() -> Iterator[Check]:
    """From a message that somebody wants to go out to what became of it; what lies in the outbox: see `_answering`."""
    came = _passed("notify", _MESSAGE)
    yield Check(places.DECISIONS["notify"], came, f"SELECT {_TOLD} AS subject FROM notify_decisions d")
    decided = (
        f"SELECT {_TOLD} AS subject, 1 AS revision, 'notify has decided on it' AS detail FROM notify_decisions d "
        f"WHERE d.decided_at >= :since AND d.decided_at < :cut_at AND {_TOLD} IN ({_OF_ITEMS})"
    )
    yield Check(places.MESSAGE, decided, _rows(_MESSAGE))
    published = (
        "SELECT o.complaint_id AS subject, 1 AS revision, 'the sender has published it' AS detail "
        f"FROM outbox_attempts t {_PUBLISHED} AND o.kind <> 'acknowledgement'"
    )
    yield Check(places.RESULT, published, _rows(_RESULT, f"r.kind = {Kind.MESSAGE:d}"))


ATTACHED = f"SELECT DISTINCT subject, attachment FROM ({_before(_RECEIVED, more=', unnest(r.items) AS attachment')}) a"
"""(subject, attachment) of every file that complaints name as stored."""

MISSING: tuple[Check, ...] = (*_receiving(), *_keeping(), *_working(), *_routing(), *_answering(), *_telling())
"""Every check, in the order a complaint meets the places."""


def _repeated(place: Place, which: str, together: str, too_many: str, on: Place | None = None) -> str:
    """`on` is the place whose topics it lies on, where it has none of its own."""
    return (
        f"INSERT INTO found_twice SELECT '{place.name}', r.subject, min(r.revision), "
        "string_agg(t.name || ' ' || r.\"partition\" || '@' || r.\"offset\", ', ' ORDER BY t.name, r.\"offset\") "
        f"FROM ledger_records r JOIN ledger_topics t USING (topic) WHERE {_in((on or place).name)} AND {which} "
        f"GROUP BY {together} HAVING {too_many}"
    )


_ALARMS = (places.ALARM, places.SEALED_ALARM)
_ONCE = [place for place in places.PLACES if place.name in places.ONCE and place not in _ALARMS]

TWICE: tuple[str, ...] = (
    *(_repeated(place, _ANY, "r.topic, r.subject, r.revision", "count(*) > 1") for place in _ONCE),
    _repeated(places.ASSIGNMENT, _PLAIN, "r.subject, r.revision", "count(DISTINCT r.topic) > 1"),
    _repeated(places.ALARM, _OF_ALARM, "r.subject", "count(*) > 1", on=places.ESCALATED),
    _repeated(places.SEALED_ALARM, _OF_ALARM, "r.subject", "count(*) > 1"),
    _repeated(places.ASSIGNMENT, f"r.kind = {Kind.WITHDRAWN:d}", "r.topic, r.subject, r.revision", "count(*) > 1"),
)
"""Two for one, see `places.ONCE`; then two departments that are both responsible, and two alarms."""

UNREADABLE = (
    f"INSERT INTO found_missing SELECT '{places.DEAD_LETTER.name}', CAST(:nobody AS uuid), r.revision, "
    "c.stage || ' has passed ' || t.name || ' ' || r.\"partition\" || '@' || r.\"offset\" || ', which nobody can read' "
    'FROM ledger_records r JOIN cut_passed c ON c.topic = r.topic AND c."partition" = r."partition" '
    'AND r."offset" < c.passed JOIN ledger_topics t ON t.topic = r.topic '
    f"WHERE r.kind = {Kind.UNREADABLE:d} AND NOT EXISTS (SELECT 1 FROM letters l WHERE l.stage = c.stage "
    'AND l.topic = r.topic AND l."partition" = r."partition" AND l."offset" = r."offset")'
)
"""A record without any id must have become a dead letter of every stage that has passed it."""
