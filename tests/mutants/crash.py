"""A stage that crashes once, at a place that is named, and what it has written in the end."""

from collections import Counter

from infra.failpoints import armed
from tests.waiting import until
from tests.workers.runtime.harness import Installation, names
from tests.workers.runtime.probe import TARGET, Copy, Count, command

FIRST, LAST = "complaint", "last"
"""Their outputs share a partition: whoever reads the last has read all that was written before it."""


async def written_after_a_crash(installation: Installation, stage: Copy | Count, *later: str) -> Counter[str]:
    """Crash `stage` right after its first transaction is committed, send `later` and LAST, count outputs by name."""
    await installation.send(command(FIRST), partition=0)
    with armed(f"stage.after-end-txn/{stage.name}=fail", [stage.name]):
        async with installation.worker(stage) as running:
            await until(lambda: running.worker.health().facts["rebuilds"] == 1)
            await installation.send(*map(command, (*later, LAST)), partition=0)
            found = await installation.read(TARGET, 2)
    return Counter(names(found))
