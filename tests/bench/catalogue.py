"""Every benchmark by name, in the order of a whole run."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.against_faststream import against_faststream
from tests.bench.against_quix import against_quix
from tests.bench.board import board
from tests.bench.drain import drain
from tests.bench.faults import faults
from tests.bench.hooks import hooks
from tests.bench.latency import latency
from tests.bench.link import link
from tests.bench.mail import mail
from tests.bench.memory import memory
from tests.bench.posts import posts
from tests.bench.results import Row
from tests.bench.runtime_loop import runtime_loop
from tests.bench.search import search_index
from tests.bench.text_stage import text_stage
from tests.bench.world import World


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark. `in_quick` tells whether a quick run without names includes it."""

    name: str
    run: Callable[[World], list[Row]]
    meaning: str
    in_quick: bool = True


BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark("runtime-loop", runtime_loop, "empty stage against a minimal hand-written exactly-once copy loop"),
    Benchmark("faststream", against_faststream, "empty stage against FastStream per message"),
    Benchmark("quix", against_quix, "empty stages against Quix Streams exactly-once: throughput, latency of four hops"),
    Benchmark("posts", posts, "posts accepted a second by the gateway, against a bare FastAPI route"),
    Benchmark("hooks", hooks, "vendors' calls accepted a second, channel by channel, against the same bare route"),
    Benchmark("latency", latency, "from a post to its department's record at 20 complaints a second"),
    Benchmark("drain", drain, "waiting complaints through the whole product, against four chained empty copies"),
    Benchmark("link", link, "look-up of one message's candidates among 10 thousand and 1 million complaints"),
    Benchmark("search", search_index, "an operator's search among 100 thousand or 1 million complaints"),
    Benchmark(
        "board", board, "every operations page and fifty viewers: 200 departments, 50 groups, 1 million complaints"
    ),
    Benchmark("mail", mail, "a full mailbox drained, against a bare imapclient loop that fetches and decodes"),
    Benchmark("text", text_stage, "texts understood a second on one core, JSON in and out; the model loaded"),
    Benchmark("memory", memory, "resident memory of every process while complaints run through"),
    Benchmark("faults", faults, "the large fault tests", in_quick=False),
)
