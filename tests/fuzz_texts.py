"""`python -m tests.fuzz_texts [COUNT] [SEED]`: random and hostile texts through the text stage, each one timed.

Exit 1 when a text crashes it or takes longer than 50 ms of processor time. Not a test of the suite: it measures.
"""

import gc
import json
import sys
import time
from collections.abc import Sequence
from heapq import nlargest
from itertools import chain

from schemas.policy import load_pack
from tests.workers.classify.hostile import hostile, mixed
from workers.classify import TextUnderstander, answer_line
from workers.classify.model import load_current

LONGEST_MS = 50.0
_SHOWN = 5


def main(arguments: Sequence[str]) -> int:
    """Ask for every text and print the slowest."""
    count = int(arguments[0]) if arguments else 50_000
    seed = int(arguments[1]) if len(arguments) > 1 else 1
    understander = TextUnderstander(load_pack(), load_current())
    answer_line(understander, '{"id": 0, "text": "预热"}')
    gc.collect()
    gc.freeze()  # a collection of what was loaded would count for whichever text it falls on
    taken: list[tuple[float, str]] = []
    for text in chain(hostile(), mixed(count, seed)):
        line = json.dumps({"id": 1, "text": text, "received_at": "2026-11-22T08:00:00Z"}, ensure_ascii=False)
        begun = time.process_time()
        answer_line(understander, line)
        taken.append(((time.process_time() - begun) * 1000, f"{len(text):>8} characters, {text[:30]!r}"))
    slowest = nlargest(_SHOWN, taken)
    for spent, text in slowest:
        sys.stdout.write(f"{spent:8.2f} ms  {text}\n")
    sys.stdout.write(f"{len(taken)} texts, none crashed, slowest {slowest[0][0]:.1f} ms\n")
    return int(slowest[0][0] > LONGEST_MS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
