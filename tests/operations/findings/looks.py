"""What a look has gathered, made for tests: a healthy installation, and beats of its parts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from operations.findings import Seen
from operations.findings.seen import Expected
from operations.heartbeats import Beat, Disk
from operations.lag.titles import departments
from operations.promises.owed import Awaits, Owed
from schemas.policy import load_pack
from schemas.settings.watch import WatchSettings

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
IMAP, WORKER, GATEWAY = UUID(int=1), UUID(int=2), UUID(int=3)
ROOMY = Disk(200 * 1024**3, 400 * 1024**3)

MAILBOX = Expected("mailbox care", "intake connector imap", "email", "care")
WECHAT = Expected("wechat shop", "intake worker sender", "wechat", "shop", shared=True)
WEB = Expected("gateway", "intake gateway", "web")
STAGES = tuple(Expected(name, f"intake worker {name}") for name in ("deduplicate", "classify", "route", "sender"))


def beat(part: str, process_id: UUID, program: str, **changes: Any) -> Beat:
    """A part that is well, unless said otherwise."""
    well = Beat(
        part=part,
        process_id=process_id,
        program=program,
        host="node-1",
        ready=True,
        detail="works",
        facts={},
        started_at=NOW - timedelta(hours=5),
        beaten_at=NOW - timedelta(seconds=2),
        disks={"home": ROOMY},
    )
    return replace(well, **changes)


def well(**changes: Any) -> Seen:
    """A look at an installation where all is well, with three acknowledgements that are owed."""
    beats = [
        beat("mailbox care", IMAP, "connector imap", facts={"waiting": 0}),
        beat("wechat shop", WORKER, "worker all"),
        beat("gateway", GATEWAY, "gateway", facts={"durable": "kafka", "spool_bytes": 0, "spool_max_bytes": 1000}),
        *(beat(one.part, WORKER, "worker all", facts={"state": "running"}) for one in STAGES),
    ]
    seen = Seen(
        NOW,
        WatchSettings(),
        (MAILBOX, WECHAT, WEB, *STAGES),
        beats,
        owed=[owed() for _ in range(3)],
        departments=departments(load_pack()),
    )
    return replace(seen, **changes)


def changed(part: str, changes: Mapping[str, Any]) -> Seen:
    """A look at the same installation, with other words of one part."""
    seen = well()
    return replace(seen, beats=[replace(one, **changes) if one.part == part else one for one in seen.beats])


def without(*processes: UUID) -> Seen:
    """A look at it after some processes have gone without a word 5 minutes ago."""
    silent: dict[str, Any] = {"beaten_at": NOW - timedelta(minutes=5)}
    seen = well()
    return replace(seen, beats=[replace(one, **silent) if one.process_id in processes else one for one in seen.beats])


def owed(awaits: Awaits = Awaits.PIPELINE, left: timedelta = timedelta(hours=20)) -> Owed:
    """An acknowledgement that is owed."""
    due = NOW + left
    return Owed(uuid4(), "AAAA-BBBB-CCCC-1", "email", "care", due - timedelta(hours=24), due, awaits)
