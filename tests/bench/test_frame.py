"""The frame of the benchmarks: statistics, report, table, records. No benchmark runs here."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from schemas.complaint import Complaint
from tests.bench.catalogue import BENCHMARKS
from tests.bench.command import USAGE, main
from tests.bench.figures import compare, percentile
from tests.bench.records import BYTES, complaints
from tests.bench.results import Failure, Report, Row
from tests.bench.table import notes_of, table_of
from tests.bench.texts import posts

HIT = Row(name="copy", ours=90.0, peer=100.0, peer_name="a loop", ratio=0.9, target="ratio ≥ 0.8", met=True)
MISS = Row(name="drain", ours=10.0, peer=100.0, ratio=0.1, spread=(0.08, 0.12), target="ratio ≥ 0.25", met=False)


def report(*rows: Row, failures: tuple[Failure, ...] = ()) -> Report:
    return Report(
        started_at=datetime(2026, 11, 22, tzinfo=UTC),
        quick=False,
        machine={"cores": 2},
        durability={"postgresql fsync": "on"},
        rows=rows,
        failures=failures,
    )


def test_a_slow_minute_for_both_does_not_move_the_ratio() -> None:
    found = compare([100, 10, 100], [200, 20, 200])

    assert (found.ratio, found.least, found.greatest) == (0.5, 0.5, 0.5)


def test_comparing_needs_one_measurement_of_each_a_round() -> None:
    with pytest.raises(ValueError, match="shorter"):
        compare([1.0, 2.0], [1.0])


def test_the_99th_percentile_of_a_hundred_is_the_second_greatest() -> None:
    assert percentile([float(number) for number in range(100, 0, -1)], 0.99) == 99


def test_a_missed_target_is_told_and_fails_only_a_strict_run() -> None:
    found = report(HIT, MISS)

    assert (found.exit_code(strict=False), found.exit_code(strict=True)) == (0, 1)


def test_a_benchmark_that_could_not_run_always_fails() -> None:
    assert report(HIT, failures=(Failure(name="mail", error="no server"),)).exit_code(strict=False) == 1


def test_the_report_survives_its_json() -> None:
    found = report(HIT, MISS, failures=(Failure(name="mail", error="no server"),))

    assert Report.model_validate_json(found.model_dump_json()) == found


def test_the_table_says_what_was_met_missed_and_not_run() -> None:
    console = Console(width=200, record=True, file=StringIO())

    console.print(table_of(report(HIT, MISS, failures=(Failure(name="mail", error="no server"),))))

    lines = console.export_text().splitlines()
    assert any("copy" in line and "0.90" in line and "yes" in line for line in lines)
    assert any("drain" in line and "0.10 (0.08–0.12)" in line and "no" in line for line in lines)
    assert any("mail" in line and "no server" in line and "could not run" in line for line in lines)


def test_notes_stand_below_the_table() -> None:
    assert notes_of(report(HIT.model_copy(update={"notes": {"CPU µs": 12.34}}))) == ["copy: CPU µs 12.3"]


def test_every_record_is_a_complaint_of_950_bytes_of_its_own() -> None:
    records = complaints(50)

    assert {len(value) for _, value, _ in records} == {BYTES}
    assert len({key for key, _, _ in records}) == len({value for _, value, _ in records}) == 50
    assert Complaint.model_validate_json(records[0][1]).to_json() == records[0][1]


def test_posts_differ_and_come_again_with_the_same_seed() -> None:
    first = list(posts(500))

    assert len({json.loads(body)["text"] for body in first}) == 500
    assert list(posts(500)) == first


def test_every_benchmark_has_a_name_of_its_own() -> None:
    assert len({one.name for one in BENCHMARKS}) == len(BENCHMARKS)


def test_a_misspelt_benchmark_is_named_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drian"]) == USAGE
    assert "did you mean drain?" in capsys.readouterr().err
