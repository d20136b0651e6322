"""The command line: which benchmarks, how long, where the JSON goes; the platform around them."""

import argparse
import logging
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.process import signals_interrupt
from tests.bench.catalogue import BENCHMARKS, Benchmark
from tests.bench.results import Failure, Report, Row
from tests.bench.table import notes_of, table_of
from tests.bench.world import World, machine
from tests.services import own_embedded_platform

USAGE = 2


def main(arguments: Sequence[str]) -> int:
    """Run and return the exit code: 0 done, 1 a benchmark could not run (`--strict`: or missed its target), 2 usage."""
    asked = _parser().parse_args(arguments)
    out = Console(width=None if sys.stdout.isatty() else 200)
    if asked.list:
        for one in BENCHMARKS:
            out.print(f"{one.name:14} {one.meaning}", highlight=False)
        return 0
    try:
        chosen = _chosen(asked.names, quick=asked.quick)
    except ValueError as error:
        sys.stderr.write(f"error: {error}\n")
        return USAGE
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it reports each retry while topics get their leaders
    with signals_interrupt():  # whatever ends us, what was started ends too
        report = _run(chosen, quick=asked.quick)
    out.print(table_of(report))
    for note in notes_of(report):
        out.print(note, highlight=False)
    if asked.json:
        Path(asked.json).parent.mkdir(parents=True, exist_ok=True)
        Path(asked.json).write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return report.exit_code(strict=asked.strict)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Benchmarks against named peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="benchmarks to run; without any: all")
    parser.add_argument("--json", metavar="FILE", help="also write the report to FILE")
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes each, more noise")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a target is missed")
    parser.add_argument("--list", action="store_true", help="say which benchmarks there are")
    return parser


def _chosen(names: Sequence[str], *, quick: bool) -> list[Benchmark]:
    known = {one.name: one for one in BENCHMARKS}
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise ValueError(f"there is no benchmark {name}" + (f"; did you mean {near[0]}?" if near else ""))
    if names:
        return [known[name] for name in names]
    return [one for one in BENCHMARKS if one.in_quick or not quick]


def _run(chosen: Sequence[Benchmark], *, quick: bool) -> Report:
    started, where = datetime.now(UTC), machine()
    err = Console(stderr=True)
    err.print(", ".join(f"{name} {value}" for name, value in where.items()), highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
               TextColumn("{task.fields[doing]}"))  # fmt: skip
    rows: list[Row] = []
    failures: list[Failure] = []
    with own_embedded_platform() as platform, Progress(*columns, console=err) as bars:
        world = World(platform, quick, bars)
        durability = world.durability()
        err.print(", ".join(f"{name}={value}" for name, value in durability.items()), highlight=False)
        for one in chosen:
            try:
                rows += one.run(world)
            except Exception as error:  # noqa: BLE001 - a benchmark that fails is reported, the others still run
                err.print(traceback.format_exc(), highlight=False, markup=False)
                failures.append(Failure(name=one.name, error=f"{type(error).__name__}: {error}"))
    return Report(
        started_at=started,
        quick=quick,
        machine=where,
        durability=durability,
        rows=tuple(rows),
        failures=tuple(failures),
    )
