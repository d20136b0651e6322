"""All judges at once: what is wrong now, the worst first."""

from collections.abc import Callable, Iterator

from operations.findings import channels, keeping, platform, quiet, stages
from operations.findings.model import Finding, Level
from operations.findings.seen import Seen
from operations.saying import Said


def look(seen: Seen) -> list[Finding]:
    """Return what is wrong: red before amber, then by how many complaints are at risk."""
    found = [finding for judge in _JUDGES for finding in judge(seen)]
    return sorted(found, key=lambda one: (one.level is not Level.RED, -one.at_risk, one.since))


def _undelivered(seen: Seen) -> Iterator[Finding]:
    """Targets of alerts that take none."""
    for target, why in sorted(seen.undelivered.items()):
        yield Finding(
            key=f"target:{target}",
            kind="alert-not-delivered",
            level=Level.AMBER,
            object=Said(f"告警目标 {target}", f"alert target {target}"),
            said=Said(f"告警发不到 {target}：{why}", f"alerts do not reach {target}: {why}"),
            since=seen.now,
            at_risk=0,
            next_step=Said(
                f"改正 INTAKE_ALERTS__TARGETS__{target.upper()}__URL，再执行 `intake alerts test`",
                f"correct INTAKE_ALERTS__TARGETS__{target.upper()}__URL, then run `intake alerts test`",
            ),
            command="intake alerts test",
        )


_JUDGES: tuple[Callable[[Seen], Iterator[Finding]], ...] = (
    platform.judge,
    channels.judge,
    stages.judge,
    keeping.judge,
    quiet.judge,
    _undelivered,
)
