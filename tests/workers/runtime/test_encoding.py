"""What goes out: CloudEvents headers in the time of the input, the trace carried on, the same bytes at a replay."""

import re

import pytest

from schemas.records import Command
from schemas.wire import Naming
from tests.workers.runtime.probe import TARGET, Copy, command
from workers.runtime.driver import NOON, incoming
from workers.runtime.encoding import Encoder, next_traceparent
from workers.runtime.outcome import TooLargeToProduce
from workers.runtime.reading import Headers
from workers.runtime.replays import earlier_origins
from workers.runtime.stage import Emit, Origin

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"


def test_outputs_carry_the_time_of_the_input_and_the_names_of_the_installation() -> None:
    item = incoming(command("a"))
    [emit] = Copy().decide(item)

    [outgoing] = Encoder(Naming("shop", "/shop")).encode(item, [emit])

    told = Headers(outgoing.headers)
    assert outgoing.topic == "shop.probe.target.v1"
    assert (told["ce_id"], told["ce_source"], told["ce_type"]) == (emit.event_id, "/shop", "shop.probe.target.v1")
    assert told["ce_time"] == NOON.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert told["ce_subject"] == str(item.record.command_id)


def test_a_replay_gives_the_same_bytes() -> None:
    first, again = incoming(command("a"), 7), incoming(command("a"), 7)
    encoder = Encoder(Naming())

    assert encoder.encode(first, Copy().decide(first)) == encoder.encode(again, Copy().decide(again))


@pytest.mark.parametrize(("source", "kept"), [("/shop", True), ("/elsewhere", False), ("", False)])
def test_only_what_this_installation_wrote_goes_on_byte_by_byte(source: str, kept: bool) -> None:
    written = command("a").to_json().replace(b",", b", ")
    item = incoming(Command.model_validate_json(written), headers={"ce_source": source})._replace(raw=written)
    emit = Emit(TARGET, item.record, "key", "event")

    [outgoing] = Encoder(Naming("", "/shop")).encode(item, [emit])

    assert outgoing.value == (written if kept else item.record.to_json())


def test_the_trace_goes_on_under_a_new_span_for_each_output() -> None:
    item = incoming(command("a"), headers={"traceparent": PARENT})

    one, other = next_traceparent(item, "one"), next_traceparent(item, "other")

    assert one[:36] == other[:36] == PARENT[:36]
    assert one[-3:] == "-00"
    assert len({PARENT[36:52], one[36:52], other[36:52]}) == 3


@pytest.mark.parametrize("before", ["", "nonsense", f"00-{'0' * 32}-00f067aa0ba902b7-01"])
def test_a_record_without_a_trace_begins_one_that_its_outputs_share(before: str) -> None:
    item = incoming(command("a"), headers={"traceparent": before})

    one, other = next_traceparent(item, "one"), next_traceparent(item, "other")

    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", one)
    assert one[:35] == other[:35]


def test_what_no_broker_takes_is_found_before_anything_is_stored() -> None:
    item = incoming(command("a", kind="huge"))

    with pytest.raises(TooLargeToProduce, match=TARGET.name):
        Encoder(Naming()).encode(item, Copy().decide(item))


def test_headers_are_text_the_last_of_a_name_wins_and_broken_bytes_are_shown() -> None:
    told = Headers([("a", b"1"), ("a", b"2"), ("b", b"\xff"), ("c", None)])

    assert dict(told) == {"a": "2", "b": "\ufffd", "c": ""}


def test_a_replay_names_where_the_record_lay_before() -> None:
    told = {
        "x-replay-stage": "count",
        "x-original-topic": "input.v1",
        "x-original-partition": "1",
        "x-original-offset": "7",
        "x-replay-of": "input.v1/2/9",
    }

    item = incoming(command("a"), headers=told)

    assert earlier_origins(item, "count") == {Origin("input.v1", 1, 7), Origin("input.v1", 2, 9)}
    assert earlier_origins(item, "another") == frozenset()
    assert earlier_origins(incoming(command("a"), headers={"x-replay-stage": "count"}), "count") == frozenset()
