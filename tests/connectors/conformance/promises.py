"""The promises themselves, each a function that fails with what it saw; sources: `connectors.contract.Connector`."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from connectors.rounds import Round, Rounds
from schemas.complaint import Complaint
from schemas.errors import IntakeError, InvalidRequest, NotGenuine, PayloadRejected
from schemas.identity import read_tracking_number
from schemas.inbound import Inbound, ParsedComplaint, ParsedItem
from schemas.topics import RECEIVED
from schemas.wire import Naming
from tests.connectors.conformance.case import (
    BREAKS,
    FIRST_WRONG,
    LAST_WRONG,
    MOMENT,
    NUMBERING,
    OTHER_ACCOUNT,
    PHONE,
    PSEUDONYM_KEY,
    STALE,
    WORDS,
    Case,
)
from tests.connectors.conformance.said import everything_said

DAY = timedelta(days=1)
ROUNDS = Rounds(Naming(), NUMBERING, PSEUDONYM_KEY.encode(), inline_bytes=256 * 1024)
GARBAGE = (b"", b"{}", b"<a/>", b"\xff\xfe", b"\0" * 100, b"[" * 100_000, b'"\\ud800"', b"9" * 10_000)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["id", "text", "sender"]), inner),
    max_leaves=10,
)


def read(case: Case, of: Inbound) -> Complaint:
    """The one complaint of a delivery."""
    [item] = case.connector.parse(of)
    assert isinstance(item, ParsedComplaint), item
    return item.complaint


def refused(case: Case, of: Inbound) -> str:
    """What a delivery is refused with."""
    try:
        case.connector.parse(of)
    except IntakeError as error:
        return type(error).__name__
    return "nothing, it was read"


def made_of(case: Case, of: Inbound) -> Round:
    """All records and objects of a delivery."""
    return ROUNDS.make(of, ROUNDS.parsed(of, case.connector))


def redelivery_keeps_id_and_number(case: Case) -> None:
    """Also a day later, when the channel signs its delivery anew."""
    first, again, late = (read(case, case.make(case.body, at)) for at in (MOMENT, MOMENT, MOMENT + DAY))

    assert first == again, "the same delivery gave another complaint"
    assert late.complaint_id == first.complaint_id, "a redelivery has another id"
    assert late.tracking_number == first.tracking_number


def what_one_sender_says_stays_in_order(case: Case) -> None:
    """Two messages of one sender share a record key, so that they share a partition."""
    second = case.make(case.body.replace(WORDS.encode(), b"And bread is off"), MOMENT + timedelta(seconds=1))
    rounds = [made_of(case, one) for one in (case.delivery, second)]
    keys = [one.key for made in rounds for one in made.messages if one.topic == RECEIVED.name]

    assert len(keys) == 2
    assert len(set(keys)) == 1, "two messages of one sender may overtake each other"


def another_account_or_content_is_another_complaint(case: Case) -> None:
    """Nobody is answered with somebody else's number."""
    changed = case.make(case.body.replace(WORDS.encode(), b"Bread is off"), MOMENT)
    here, there, elsewhere = (read(case, one) for one in (case.delivery, changed, case.moved(case.delivery)))

    assert elsewhere.account == OTHER_ACCOUNT
    assert elsewhere.complaint_id not in {here.complaint_id, there.complaint_id}, "two complaints share an id"
    if case.numbered:
        assert here.complaint_id == there.complaint_id, "an update became another complaint"
        assert here.version, "an update cannot be told"
        assert here.version != there.version, "an update cannot be told"
    else:
        assert here.complaint_id != there.complaint_id, "two complaints share an id"


def what_is_not_genuine_is_refused(case: Case) -> None:
    """Unsigned, wrongly signed, stale."""
    broken = {name: refused(case, spoil(case.delivery)) for name, spoil in case.breaks.items()}

    assert not broken or set(broken) == BREAKS - set(case.absent), f"the case must show {sorted(BREAKS)}"
    assert set(case.absent) <= {STALE}, "only a time that nobody signs cannot be stale"
    assert all(case.absent.values()), "no reason why this break cannot exist"
    assert broken == dict.fromkeys(broken, NotGenuine.__name__)


def nothing_is_parsed_before_it_is_proven(case: Case) -> None:
    """Bytes nobody can read are refused for their signature, not for their form."""
    for name, spoil in case.breaks.items():
        verdicts = {refused(case, spoil(case.make(garbage, MOMENT))) for garbage in GARBAGE}

        assert verdicts == {NotGenuine.__name__}, f"{name}: {verdicts}"


def the_time_of_a_comparison_tells_nothing(case: Case) -> None:
    """As many comparisons, each by `hmac.compare_digest`, wherever a signature is wrong, and when it is right."""
    if not case.breaks:
        return
    tries = [case.delivery, *(case.breaks[name](case.delivery) for name in (FIRST_WRONG, LAST_WRONG))]
    counts = []
    for one in tries:
        with patch("hmac.compare_digest", return_value=False) as compare:
            refused(case, one)
        counts.append(compare.call_count)

    assert counts[0] > 0, "signatures are not compared with hmac.compare_digest"
    assert len(set(counts)) == 1, f"the number of comparisons tells where a signature is wrong: {counts}"


def garbage_never_crashes(case: Case) -> None:
    """Only items or declared refusals, whatever genuine bytes hold."""
    for garbage in GARBAGE:
        assert refused(case, case.make(garbage, MOMENT)) in {PayloadRejected.__name__, "Malformed", "InvalidFields"}

    place = st.integers(0, len(case.body))
    torn = st.builds(lambda start, noise, end: case.body[:start] + noise + case.body[end:], place, st.binary(), place)

    @given(st.binary(max_size=1_000) | JSON.map(lambda value: json.dumps(value).encode()) | torn)
    def answers(noise: bytes) -> None:
        try:
            items = case.connector.parse(case.make(noise, MOMENT))
        except (PayloadRejected, InvalidRequest):
            return
        assert all(isinstance(one, ParsedItem) for one in items)

    answers()


def an_unknown_type_becomes_a_complaint(case: Case) -> None:
    """With its raw bytes: what we were not told of may still be somebody's trouble."""
    if case.unknown_type is not None:
        delivery = case.make(case.unknown_type, MOMENT)
        found = read(case, delivery)

        assert found.raw.size_bytes == len(delivery.body)
        assert found.text or found.attachments or found.warnings


def oversize_is_cut_or_refused_in_words(case: Case) -> None:
    """A record stays under 256 KiB; text that is left out is said to be."""
    delivery = case.make(case.oversize, MOMENT)
    try:
        [item] = case.connector.parse(delivery)
    except (PayloadRejected, InvalidRequest):
        return
    assert not isinstance(item, ParsedComplaint) or item.complaint.truncated, "cut in silence"
    received = [one for one in made_of(case, delivery).messages if one.topic == RECEIVED.name]
    assert all(len(one.value) <= 256 * 1024 for one in received)


def times_are_aware_and_come_from_the_delivery(case: Case) -> None:
    """No clock of our own sets a deadline; a vendor's may, and never one later than the delivery."""
    of = replace(case.delivery, ingested_at=MOMENT + DAY)
    found = read(case, of)
    later = read(case, case.make(case.body, MOMENT + timedelta(hours=1)))

    assert found.ingested_at == of.ingested_at
    if case.vendor_time:
        assert found.received_at <= of.received_at, "received after its delivery"
        assert found.received_at == later.received_at, "not the vendor's time"
    else:
        assert found.received_at == of.received_at
    assert all(at.tzinfo is not None for at in (found.received_at, found.ingested_at, found.sent_at or MOMENT))


def the_words_arrive_and_the_number_reads_back(case: Case) -> None:
    """What was said is there, under a number a customer can read out."""
    found = read(case, case.delivery)

    assert WORDS in found.text
    assert found.channel == case.connector.channel
    assert read_tracking_number(found.tracking_number) == found.tracking_number
    assert found.raw.size_bytes == len(case.delivery.body)


def nothing_personal_is_logged_or_in_a_name(case: Case) -> None:
    """Neither what a customer wrote nor a secret is in logs, refusals, ids, keys, headers or object names."""
    spoiled = [spoil(case.delivery) for spoil in case.breaks.values()]
    torn = [
        case.make(body, MOMENT) for body in (case.body[:-20], PHONE.encode(), b'{"id": {"%s": 1}}' % PHONE.encode())
    ]
    with everything_said() as said:
        whole = made_of(case, case.delivery)
        for one in (*spoiled, *torn):
            try:
                case.connector.parse(one)
            except IntakeError as error:
                said.append(str(error))
    records = [(one.key, one.headers) for one in whole.messages]
    named = [records, [name for name, _ in whole.objects], read(case, case.delivery).source_id, whole.receipt]
    text = f"{said}{named}"

    found = [secret for secret in (*case.secrets, PHONE, WORDS) if secret in text]
    assert found == [], "said or named"


PROMISES: tuple[Callable[[Case], None], ...] = (
    redelivery_keeps_id_and_number,
    what_one_sender_says_stays_in_order,
    another_account_or_content_is_another_complaint,
    what_is_not_genuine_is_refused,
    nothing_is_parsed_before_it_is_proven,
    the_time_of_a_comparison_tells_nothing,
    garbage_never_crashes,
    an_unknown_type_becomes_a_complaint,
    oversize_is_cut_or_refused_in_words,
    times_are_aware_and_come_from_the_delivery,
    the_words_arrive_and_the_number_reads_back,
    nothing_personal_is_logged_or_in_a_name,
)
