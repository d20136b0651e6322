"""The text stage alone, JSON in and JSON out on one core, against a loop that only reads and writes the JSON."""

import gc
import json
import random
import time
from collections.abc import Callable, Sequence

from schemas.policy import load_pack
from tests.bench.figures import compare, percentile
from tests.bench.results import Row
from tests.bench.texts import posts
from tests.bench.world import World
from workers.classify import TextUnderstander, answer_line
from workers.classify.model import load_current

_TARGETS = {84: 5_000, 235: 1_500}
_SLOWEST_MS = 5.0
_LOAD_MS = 100.0
_LOADS = 7


def text_stage(world: World) -> list[Row]:
    """One row a length, and one for the loading of the model."""
    count = world.of(400, 4_000)
    world.steps("text", len(_TARGETS) + 1)
    loading = _loading()
    world.step("model loaded")
    understander = TextUnderstander(load_pack(), load_current())
    rows = []
    for chars, target in _TARGETS.items():
        rows.append(_row(understander, lines(chars, count), chars, target))
        world.step(f"{chars} characters")
    return [*rows, loading]


def lines(chars: int, count: int) -> list[str]:
    """So many JSON lines, each with a text of so many characters, all different."""
    everything = "".join(json.loads(body)["text"] for body in posts(2_000, seed=9))
    draw = random.Random(9)
    starts = (draw.randrange(len(everything) - chars) for _ in range(count))
    return [
        json.dumps({"id": number, "text": everything[start : start + chars]}, ensure_ascii=False)
        for number, start in enumerate(starts)
    ]


def _row(understander: TextUnderstander, asked: Sequence[str], chars: int, target: int) -> Row:
    chunks = [asked[start::5] for start in range(5)]
    gc.collect()
    gc.freeze()  # as the workers do: what is loaded stays
    for line in chunks[0]:
        answer_line(understander, line)
    taken = [_each(lambda line: answer_line(understander, line), chunk) for chunk in chunks]
    copied = [_each(lambda line: json.dumps(json.loads(line), ensure_ascii=False), chunk) for chunk in chunks]
    gc.unfreeze()
    rates = compare([len(one) / sum(one) for one in taken], [len(one) / sum(one) for one in copied])
    single = [seconds * 1000 for one in taken for seconds in one]
    slowest = percentile(single, 0.99)
    return Row(
        name=f"text {chars}",
        unit="texts/s",
        ours=rates.ours,
        peer=rates.peer,
        peer_name="json.loads and json.dumps",
        ratio=rates.ratio,
        spread=(rates.least, rates.greatest),
        target=f"{target:,} texts/s on one core, p99 below {_SLOWEST_MS:.0f} ms",
        met=rates.ours >= target and slowest < _SLOWEST_MS,
        notes={"p50 ms": round(percentile(single, 0.5), 3), "p99 ms": round(slowest, 3), "texts": len(asked)},
    )


def _each(answer: Callable[[str], str], asked: Sequence[str]) -> list[float]:
    """Seconds of each line."""
    taken = []
    for line in asked:
        begun = time.perf_counter()
        answer(line)
        taken.append(time.perf_counter() - begun)
    return taken


def _loading() -> Row:
    taken = []
    for _ in range(_LOADS):
        begun = time.perf_counter()
        load_current()
        taken.append((time.perf_counter() - begun) * 1000)
    median = percentile(taken, 0.5)
    return Row(
        name="text model load",
        unit="ms",
        ours=median,
        spread=None,
        target=f"below {_LOAD_MS:.0f} ms",
        met=median < _LOAD_MS,
    )
