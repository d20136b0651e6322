"""`python -m deploy.training.link_eval`: the deduplicate stage on simulated streams, beside simple baselines."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

import typer
from rich.console import Console

from deploy.cli.exits import FINDING
from deploy.linking import empty_database, link_lines, migrated, temporary_database
from deploy.settings import load_settings
from deploy.training.linking import Judged, figures, judge
from deploy.training.linking.baselines import identity_only, text_only
from deploy.training.linking.judged import said_by
from deploy.training.linking.tables import errors_of, figures_table, scenarios_table
from deploy.training.stream import StreamSettings, Told, write_stream
from operations.assembly import pack_of
from schemas.commands import LinkedLine

OURS = "deduplicate stage"
SEEDS = (71, 72, 73)
"""Nobody has set points or words by these."""
SIZE = 2_000


@dataclass(slots=True)
class Evaluation:
    """What each way of linking said of all streams, message by message; `persons` are (seed, person)."""

    judged: dict[str, list[Judged]] = field(default_factory=dict)
    persons: list[tuple[int, int]] = field(default_factory=list)
    linked: list[LinkedLine] = field(default_factory=list)

    def add(self, seed: int, stream: Sequence[Told], linked: Sequence[LinkedLine]) -> None:
        """Judge one more stream."""
        ways = {OURS: said_by(linked), "text-only MinHash": text_only(stream), "identity only": identity_only(stream)}
        for name, said in ways.items():
            self.judged.setdefault(name, []).extend(judge(stream, said))
        self.persons += [(seed, told.truth.person) for told in stream]
        self.linked += linked

    def missed(self) -> list[str]:
        """The names of the figures of the stage that miss their target."""
        found = figures(self.judged[OURS], self.persons)
        return [one.measure.name for one in found if one.value is not None and one.measure.met(one.value) is False]


def evaluate(url: str, size: int, seeds: Sequence[int]) -> Evaluation:
    """Write a stream for each seed and link it on an empty database of the server at `url`."""
    evaluation = Evaluation()
    for seed in seeds:
        stream = write_stream(StreamSettings(size=size, seed=seed))
        with empty_database(url) as empty:
            evaluation.add(seed, stream, asyncio.run(_linked(empty, stream)))
    return evaluation


def main(size: int = SIZE, seed: list[int] | None = None, errors: int = 0, *, strict: bool = False) -> None:
    """Link simulated streams of SIZE messages and print how often that was right. `--errors N` lists the worst."""
    seeds = seed or SEEDS
    console = Console(width=None if sys.stdout.isatty() else 150)
    with temporary_database() as url:
        evaluation = evaluate(url, size, seeds)
    found = {name: figures(one, evaluation.persons) for name, one in evaluation.judged.items()}
    title = f"Linking on simulated streams: {size} messages each, seeds {', '.join(map(str, seeds))}"
    console.print(figures_table(title, found))
    console.print(scenarios_table(evaluation.judged[OURS]))
    for line in errors_of(evaluation.judged[OURS], evaluation.linked, errors):
        console.print(line, markup=False, soft_wrap=True)
    if strict and evaluation.missed():
        raise typer.Exit(FINDING)


async def _linked(url: str, stream: Sequence[Told]) -> list[LinkedLine]:
    settings = load_settings()
    async with migrated(url) as engine:
        lines = (told.line for told in stream)
        return [one async for one in link_lines(engine, settings, pack_of(settings), lines)]


if __name__ == "__main__":
    typer.run(main)
